"""V85: a pack is compiled on a machine that has what its conditions need, and denies everybody on one that has not."""

import zoneinfo
from pathlib import Path

import pytest

from scopeguard import Guard, PolicyError
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from scopeguard.semantics import needs
from scopeguard.semantics.functions import regex, times

PACK = """
scopeguard: 1
catalog:
  surfaces: {{notes: {{actions: [read], coarse: true}}}}
  attributes: {{context: {{at: timestamp, text: string}}}}
variables: {{quiet: '"matches" in ["getHours"]'}}
{more}
"""
PLACES = {
    "rule": "rules: [{{id: a.b, effect: allow, on: ['notes:read'], when: '{condition}'}}]",
    "unless": "rules: [{{id: a.b, effect: deny, on: ['notes:read'], unless: '{condition}', code: not_permitted}}]",
    "variable": "rules: [{{id: a.b, effect: deny, on: ['notes:read'], when: 'variables.late || variables.quiet', code: not_permitted}}]\n",
    "macro": "rules: [{{id: a.b, effect: allow, on: ['notes:read'], when: '[1].exists(x, {condition})'}}]",
}

ZONES = {
    "one zone": (
        {"UTC"},
        'unknown time zone "Europe/Paris"; install the package tzdata where the system has no such zone',
    ),
    "all zones": (set[str](), "no time zone database is there; install tzdata"),
}
"""The zones that a machine has, and what is said of Europe/Paris there."""


def compiled(folder: Path, place: str, condition: str) -> Path:
    """A compiled pack with a condition at some place."""
    text = PACK.format(more=PLACES[place].format(condition=condition))
    if place == "variable":
        text = text.replace("variables: {", f"variables: {{late: '{condition}', ")
    source, file = folder / "pack.yaml", folder / "pack.sgpack"
    source.write_text(text, encoding="utf-8")
    file.write_bytes(pack(load_program(source)))
    return file


@pytest.mark.parametrize("place", ["rule", "unless", "variable", "macro"])
@pytest.mark.parametrize("condition", ['context.text.matches("a+")', 'matches(context.text, "a+")'])
def test_v85_without_google_re2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, condition: str) -> None:
    """A compiled pack that matches is refused where google-re2 is not installed, with the extra that brings it."""
    file = compiled(tmp_path, place, condition)
    guard = Guard.load(file)
    monkeypatch.setattr(needs, "engine", lambda: None)
    for load in (lambda: Guard.load(file), guard.reload):
        with pytest.raises(PolicyError) as caught:
            load()
        assert [str(each) for each in caught.value.diagnostics] == [
            f"{file}:1:1: SG118 the pack cannot be evaluated here: {regex.MISSING}; pip install 'scopeguard-authz[re2]'"
        ]
    assert guard.generation == 1


@pytest.mark.parametrize("place", ["rule", "unless", "variable", "macro"])
@pytest.mark.parametrize(("known", "told"), ZONES.values(), ids=ZONES.keys())
def test_v85_without_a_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, known: set[str], told: str
) -> None:
    """So is one that reads a clock in a zone that the machine does not know, or on a machine that knows none."""
    file = compiled(tmp_path, place, 'context.at.getHours("Europe/Paris") < 8')
    Guard.load(file)

    whole = zoneinfo.ZoneInfo

    def without(key: str) -> zoneinfo.ZoneInfo:
        if key in known:
            return whole(key)
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", without)
    times._zone.cache_clear()
    with pytest.raises(PolicyError) as caught:
        Guard.load(file)
    assert [str(each) for each in caught.value.diagnostics] == [
        f"{file}:1:1: SG118 the pack cannot be evaluated here: {told}"
    ]


def test_v85_a_zone_of_the_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which zone a request names nobody knows before; that this machine knows none is told when the pack is loaded."""
    file = compiled(tmp_path, "unless", "context.at.getHours(context.text) < 8")

    def without(key: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", without)
    times._zone.cache_clear()
    for path, code in ((file, "SG118"), (tmp_path / "pack.yaml", "SG512")):
        with pytest.raises(PolicyError) as caught:
            Guard.load(path)
        assert [(each.code, "no time zone database is there; install tzdata" in each.message)
                for each in caught.value.diagnostics] == [(code, True)]  # fmt: skip


def test_v85_what_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs that neither match nor name a zone load without both, whatever their texts say."""
    file = compiled(tmp_path, "rule", 'context.at.getHours() < 8 || context.at.getHours("+02:00") < 9')
    monkeypatch.setattr(needs, "engine", lambda: None)
    monkeypatch.setattr(zoneinfo, "ZoneInfo", None)
    times._zone.cache_clear()
    Guard.load(file)
    Guard.default()
