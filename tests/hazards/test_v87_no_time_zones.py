"""V87: there is no database of time zones, or no such zone, and it is found at the first request."""

import sys
import tomllib
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scopeguard import Context, PolicyError, cel
from scopeguard.semantics.functions import times
from tests.hazards.packs import PACK, editor, load

PACK_WITH_ZONE = PACK.replace("context: {", "context: {zone: string, ")
RULE = (
    """{{id: night, effect: deny, on: ["notes:*"], when: "context.now.getHours({zone}) > 20", code: not_permitted}}"""
)


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without time zones, and without the package that brings them."""
    monkeypatch.setitem(sys.modules, "tzdata", None)
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    times._zone.cache_clear()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()
    times._zone.cache_clear()


@pytest.mark.parametrize("zone", ["Mars/Phobos", "Europe/Lodnon", "localtime", "../etc/passwd", "", "25:00", "Europe"])
def test_v87_a_zone_is_checked_when_a_pack_is_loaded(tmp_path: Path, zone: str) -> None:
    """A constant that is no zone stops the load, in every function that takes one."""
    with pytest.raises(PolicyError) as refused:
        load(tmp_path, RULE.format(zone=f"'{zone}'"))
    assert [(each.code, "unknown time zone" in each.message) for each in refused.value.diagnostics] == [("SG512", True)]


@pytest.mark.usefixtures("no_database")
def test_v87_a_machine_without_zones_says_so_at_load(tmp_path: Path) -> None:
    """Where no zone can be found, it is the database that is missing, and the load says how to get it."""
    with pytest.raises(PolicyError) as refused:
        load(tmp_path, RULE.format(zone="'Europe/London'"))
    # No other constant would have a value.
    assert [(each.message, each.hint) for each in refused.value.diagnostics] == [
        ("this has no value here: no time zone database is there; install tzdata", None)
    ]
    # What needs no database goes on.
    guard = load(tmp_path, RULE.format(zone="'+02:00'"))
    assert not guard.check(editor(), "notes:read", context=Context(now=datetime(2026, 1, 1, 20, tzinfo=UTC)))
    assert guard.check(editor(), "notes:read", context=Context(now=datetime(2026, 1, 1, 12, tzinfo=UTC)))


@pytest.mark.usefixtures("no_database")
def test_v87_a_zone_of_the_request_without_a_database() -> None:
    """A zone that only the request knows has no value there: the evaluation says why."""
    made = cel.compile("at.getHours(zone)", {"at": "timestamp", "zone": "string"})
    with pytest.raises(cel.CelEvaluationError, match="install tzdata"):
        made.evaluate({"at": datetime(2026, 1, 1, tzinfo=UTC), "zone": "Europe/London"})


def test_v87_a_zone_of_the_request(tmp_path: Path) -> None:
    """A zone that the request gives and that does not exist cannot be evaluated: a deny denies."""
    guard = load(tmp_path, RULE.format(zone="context.zone"), pack=PACK_WITH_ZONE)
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    asked = {zone: guard.check(editor(), "notes:read", context=Context(now=at, attributes={"zone": zone})).allowed
             for zone in ("Europe/London", "Mars/Phobos", "Asia/Tokyo", "")}  # fmt: skip
    assert asked == {"Europe/London": True, "Mars/Phobos": False, "Asia/Tokyo": False, "": False}


def test_v87_platforms_without_a_database_depend_on_one() -> None:
    """Where the platform brings no time zones, installing the library brings them."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (found,) = (each for each in project["dependencies"] if each.startswith("tzdata"))
    for platform in ("win32", "emscripten"):
        assert f"sys_platform == '{platform}'" in found
