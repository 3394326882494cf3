"""Dashboard previews and tests use separate fair-use limits and do not consume production allowances."""

import json
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Guard, UsageEvent
from scopeguard.documents.loading import read_pack
from scopeguard.shipped import policies
from tests.reference.usage import every_event, speaking
from tests.seed import tables, world

GUARD = Guard.default()


@pytest.mark.parametrize("environment", sorted(tables.FAIR_USE))
def test_s30_each_has_a_bucket_of_its_own(guard: Guard, environment: str) -> None:
    """Whatever the channel, the modality and the sender: tests through the API are tests."""
    for channel, modality, sender in product((*tables.CHANNELS, "kiosk"), ("text", "audio"), ("user", "agent")):
        usage = guard.classify(UsageEvent(channel, modality, sender, environment))  # type: ignore[arg-type]
        assert (usage.meter, usage.kind) == (tables.FAIR_USE[environment], "fair_use")


@given(st.lists(world.events(*tables.FAIR_USE), max_size=30))
def test_s30_no_sequence_of_them_changes_a_production_counter(events: list[UsageEvent]) -> None:
    """Counted on one counter a meter: those of production stay at zero, and each bucket has its own events."""
    counters = Counter(GUARD.classify(event).meter for event in events)
    assert not any(counters[meter] for meter in tables.PRODUCTION_METERS)
    for environment, bucket in tables.FAIR_USE.items():
        assert counters[bucket] == sum(event.environment == environment for event in events)


@given(world.events("production", "staging", "previews", "tests", "moon"))
def test_s30_production_never_counts_as_fair_use(event: UsageEvent) -> None:
    """And what the pack does not know is production: no name that a caller makes up is free of charge."""
    usage = GUARD.classify(event)
    assert usage.kind in ("consumption", None)
    assert usage == GUARD.classify(UsageEvent(event.channel, event.modality, event.sender))


def test_s30_every_event_has_exactly_one_row(guard: Guard) -> None:
    """The rows read one by one: none overlaps another, and none leaves a gap."""
    pack, findings = read_pack(policies() / "workspace")
    assert findings == []
    documents = [document.content for document in pack.documents]
    for event in every_event(documents):
        rows = speaking(documents, event)
        assert [row.id for row in rows] == [guard.classify(event).row], event


def test_s30_seven_rows_say_why(guard: Guard) -> None:
    """Each is the reason of some event, and is given with the answer."""
    usages = {
        guard.classify(event)
        for event in every_event([d.content for d in read_pack(policies() / "workspace")[0].documents])
    }
    assert len({usage.row for usage in usages}) == len(usages) == 7
    assert all(usage.because for usage in usages)
    assert json.loads(json.dumps([usage.to_dict() for usage in usages]))
