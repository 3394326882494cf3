"""Usage events and what they come to."""

import pickle
from enum import StrEnum

import pytest

from scopeguard import Guard, RequestError, Usage, UsageEvent


class Words(StrEnum):
    """Words that are equal to those of events, and are no plain text."""

    TEXT = "text"


RIGHT = {"channel": "widget", "modality": "text", "sender": "user", "environment": "production"}
WRONG = {
    "channel": (None, "", "Widget", "wid get", "widget\n", 1, ["widget"], "w" * 300),
    "modality": (None, "", "Text", "video", "text\n", True, ["text"], Words.TEXT),
    "sender": (None, "", "User", "users", "system", 0, {"user": 1}),
    "environment": (None, "", "Production", "production ", "*", 1.0),
}


@pytest.mark.parametrize(("part", "value"), [(part, value) for part in WRONG for value in WRONG[part]])
def test_a_malformed_event_is_refused(part: str, value: object) -> None:
    """Wrong types, wrong words, and texts that only look like them: never an event, so never free of charge."""
    with pytest.raises(RequestError):
        UsageEvent(**RIGHT | {part: value})  # type: ignore[arg-type]  # wrong types are the point


def test_an_unknown_word_comes_with_a_hint() -> None:
    """The nearest word, or all of them."""
    with pytest.raises(RequestError, match=r'^a modality "audoi" is unknown; did you mean "audio"\?$'):
        UsageEvent("widget", "audoi", "user")  # type: ignore[arg-type]
    with pytest.raises(RequestError, match=r'^a sender "system" is unknown; it is user or agent$'):
        UsageEvent("widget", "text", "system")  # type: ignore[arg-type]


@pytest.mark.parametrize("event", [None, "widget", {"channel": "widget"}, RIGHT, ("widget", "text", "user")])
def test_only_events_are_classified(event: object) -> None:
    """Nothing else, however alike."""
    with pytest.raises(RequestError, match="a usage event must be a UsageEvent, not "):
        Guard.default().classify(event)  # type: ignore[arg-type]


def test_an_event_is_of_production_unless_the_host_says_otherwise() -> None:
    """What is not told is what is paid for."""
    assert UsageEvent("widget", "text", "user").environment == "production"


def test_events_and_usages_are_values() -> None:
    """Frozen, equal by value, hashable, and copied as a whole."""
    event, usage = UsageEvent("widget", "text", "user"), Usage("calls", "consumption", "u.calls")
    for value in (event, usage):
        copy = pickle.loads(pickle.dumps(value))  # noqa: S301  # our own bytes
        assert copy == value
        assert hash(copy) == hash(value)
        assert not hasattr(value, "__dict__")
    with pytest.raises(AttributeError):
        event.environment = "test"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        usage.meter = None  # type: ignore[misc]


def test_a_usage_prints_and_is_json() -> None:
    """The meter, its kind, the row and its reason; where nothing is counted, why."""
    counted = Usage("calls", "consumption", "u.calls", "calls cost")
    assert str(counted) == "calls (consumption): u.calls, calls cost"
    assert str(Usage(row="u.free")) == "not counted: u.free"
    assert str(Usage()) == "not counted: no row applies to it"
    assert counted.to_dict() == {
        "meter": "calls",
        "kind": "consumption",
        "row": "u.calls",
        "because": "calls cost",
    }
