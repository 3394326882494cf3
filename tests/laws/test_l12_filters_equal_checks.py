"""Law 12, its hardest member: a filter is true of a row just where a check of that row allows."""

from collections.abc import Mapping
from random import Random
from typing import Any

from hypothesis import given

from scopeguard import RequestError
from tests.laws.support import guard_of, law
from tests.row_packs import RowMaker, resource
from tests.rows import OpaqueTest, passes
from tests.strategies import Maker, Pack, packs, randoms


@law(120)
@given(randoms())
def test_a_filter_equals_checks_row_by_row(random: Random) -> None:
    """Over packs about columns, in which a third of all values are NULL."""
    maker = RowMaker(random)
    guard = guard_of(maker.pack())
    for _ in range(4):
        who, context = maker.principal(), maker.context()
        found = guard.filter(who, "docs:read", context)
        assert bool(found.decision) is bool(found) is (found.state != "none")
        for row in maker.rows(8):
            about = resource(row)
            here = row["workspace"] == who.workspace
            checked = guard.check(who, "docs:read", about, context)
            allowed = checked.allowed and here
            if allowed:
                # Outright where anything allows so; else all that may allow some row.
                one, other = (found.decision, checked) if found.state == "all" else (checked, found.decision)
                assert one.rules
                assert {*one.rules} <= {*other.rules} or found.state == "some"
            assert found.matches(about) is allowed
            try:
                passing = passes(found.condition, row) and here
            except OpaqueTest:
                continue
            assert passing is allowed, (found.condition, row)
            assert found.state != ("none" if allowed else "all") or not here


def flat(attributes: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Attributes as columns: what a record holds is named by its path, and the record is there beside it."""
    found: dict[str, Any] = {}
    for name, value in attributes.items():
        found[above + name] = value
        if isinstance(value, Mapping):
            found |= flat(value, f"{above}{name}.")
    return found


@law(60)
@given(packs())
def test_a_filter_equals_checks_in_any_pack(made: tuple[Maker, Pack]) -> None:
    """Over packs about anything: what is left to say is said, or opaque."""
    maker, pack = made
    guard = guard_of(pack)
    for request in maker.requests(8):
        who, context = request.principal, request.context
        for permission in guard.catalog.permissions:
            try:
                found = guard.filter(who, permission, context)
            except RequestError:
                continue
            made_up = maker.resource(permission.partition(":")[0])
            types = guard._generation.program.types.resource.get(made_up.surface, {})
            tags = {name: value for name, value in made_up.attributes.items() if name in types}
            try:
                about = guard.resource(made_up.surface, made_up.id, who.workspace, tags)
            except RequestError:
                # No column holds what is of another type than declared.
                continue
            allowed = guard.check(who, permission, about, context).allowed
            assert found.matches(about) is allowed
            assert found.state != ("none" if allowed else "all"), (permission, about, found.condition)
            try:
                row = {**flat(tags), "id": about.id, "workspace": about.workspace}
                assert passes(found.condition, row) is allowed
            except (OpaqueTest, TypeError):
                continue
