"""Law 8 for the usage classifier: it says what its rows say, and rows that contradict each other are no pack."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Guard, PolicyError, UsageEvent
from tests.laws.support import folder, law
from tests.reference.usage import every_event, speaking
from tests.strategies import Pack, Section

METERS = ("voice", "voices", "texts", "fair")
CHANNELS = ("server", "widget", "widgets")
ENVIRONMENTS = ("production", "preview", "productions")

ROWS = st.fixed_dictionaries(
    {},
    optional={
        "environments": st.lists(st.sampled_from(ENVIRONMENTS), min_size=1, max_size=2, unique=True),
        "channels": st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=2, unique=True),
        "other_channels": st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=2, unique=True),
        "modality": st.sampled_from(("text", "audio")),
        "sender": st.sampled_from(("user", "agent")),
        "meter": st.sampled_from(METERS),
    },
)


@st.composite
def tables(draw: st.DrawFn) -> Pack:
    """Packs with usage rows; about half of them load."""
    declared = draw(st.sampled_from((ENVIRONMENTS, ENVIRONMENTS[1:], ENVIRONMENTS[:2])))
    catalog = {"channels": list(CHANNELS), "environments": list(declared)}
    rows: list[Section] = []
    for number, row in enumerate(draw(st.lists(ROWS, min_size=1, max_size=5))):
        usual = {"meter": "voice"} if draw(st.booleans()) else {}
        kept = [name for name in row.pop("environments", ()) if name in declared]
        rows.append({"id": f"u{number}"} | row | usual | ({"environments": kept} if kept else {}))
    kinds = {name: {"kind": "fair_use" if name == "fair" else "consumption"} for name in METERS}
    half = len(rows) // 2
    files: list[Section] = [{"scopeguard": 1, "catalog": catalog, "meters": kinds}]
    files += [{"scopeguard": 1, "usage": part} for part in (rows[half:], rows[:half]) if part]
    return Pack(tuple(files))


def load(pack: Pack, place: Path) -> Guard | PolicyError:
    """A guard, or why there is none."""
    try:
        return Guard.load(pack.write(place))
    except PolicyError as error:
        return error


@law(400)
@given(tables())
def test_the_table_says_what_its_rows_say(pack: Pack) -> None:
    """Every event: the meter on which the rows agree, by the first of them. A pack whose rows disagree does not load."""
    documents = pack.documents()
    events = {event: speaking(documents, event) for event in every_event(documents)}
    disputed = {event for event, rows in events.items() if len({row.meter for row in rows}) > 1}
    idle = any(
        row.channels and set(row.channels) <= set(row.other_channels or ())
        for doc in documents
        for row in doc.usage or ()
    )
    with folder() as place:
        guard = load(pack, place / "pack")
    if isinstance(guard, PolicyError):
        found = {finding.code for finding in guard.diagnostics}
        assert found == ({"SG410"} if disputed else set()) | ({"SG401"} if idle else set())
        for finding in guard.diagnostics:
            if finding.code == "SG410":
                assert witness(finding.message) in disputed
        return
    assert not disputed
    assert not idle
    for event, rows in events.items():
        usage = guard.classify(event)
        assert (usage.meter, usage.row) == ((rows[0].meter, rows[0].id) if rows else (None, None)), event
        assert usage.kind == {None: None, "fair": "fair_use"}.get(usage.meter, "consumption")


def witness(message: str) -> UsageEvent:
    """The event that a disagreement is shown by."""
    found = re.match(r"(\w+) (\w+) from the (\w+) on (an unknown channel|\w+) counts on", message)
    assert found is not None, message
    environment, modality, sender, channel = found.groups()
    where = "smoke_signal" if channel == "an unknown channel" else channel
    return UsageEvent(where, modality, sender, environment)  # type: ignore[arg-type]  # words of the message


@law(40)
@given(tables())
def test_rows_have_no_order(pack: Pack) -> None:
    """The same rows in one file, turned around: the same answers, and the same digest."""
    rows = [row for file in pack.files for row in file.get("usage", ())]
    turned = Pack(({**pack.files[0], "usage": rows[::-1]},))
    with folder() as place:
        one, other = load(pack, place / "one"), load(turned, place / "other")
    if isinstance(one, PolicyError) or isinstance(other, PolicyError):
        assert isinstance(one, PolicyError)
        assert isinstance(other, PolicyError)
        assert sorted(f.code for f in one.diagnostics) == sorted(f.code for f in other.diagnostics)
        return
    assert one.digest == other.digest
    for event in every_event(pack.documents()):
        assert one.classify(event) == other.classify(event)


def test_both_outcomes_are_common() -> None:
    """The generator makes tables that load and tables that do not."""
    outcomes: set[bool] = set()

    @law(60)
    @given(tables())
    def look(pack: Pack) -> None:
        with folder() as place:
            outcomes.add(isinstance(load(pack, place / "pack"), Guard))

    look()
    assert outcomes == {True, False}


@pytest.mark.parametrize("environments", [None, ["preview"]])
def test_production_is_there_in_a_pack_that_does_not_name_it(environments: list[str] | None) -> None:
    """What comes from an environment that no one declared counts as production, never as what was declared."""
    catalog: Section = {"channels": ["server"]} | ({"environments": environments} if environments else {})
    rows: list[Section] = [{"id": "u.free", "environments": ["preview"], "meter": "fair"}] if environments else []
    rows += [] if environments else [{"id": "u.all", "meter": "voice"}]
    meters = {"voice": {"kind": "consumption"}, "fair": {"kind": "fair_use"}}
    with folder() as place:
        guard = Guard.load(Pack(({"scopeguard": 1, "catalog": catalog, "meters": meters, "usage": rows},)).write(place))
    for name in ("moon", "production", "previews"):
        expected = None if environments else "voice"
        assert guard.classify(UsageEvent("server", "text", "user", name)).meter == expected
