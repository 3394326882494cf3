"""Production typed text counts as text chat messages."""

import pytest
from hypothesis import given

from scopeguard import Guard, UsageEvent
from tests.seed import tables, world

GUARD = Guard.default()
ELSEWHERE = tuple(channel for channel in tables.CHANNELS if channel != "whatsapp")


@pytest.mark.parametrize("channel", [*ELSEWHERE, "kiosk"])
def test_s27_what_a_user_types(guard: Guard, channel: str) -> None:
    """By the API, in a widget, in a mobile app and wherever else, known or not; WhatsApp has its own meter."""
    usage = guard.classify(UsageEvent(channel, "text", "user"))
    assert (usage.meter, usage.kind, usage.row) == ("text_chat_messages", "consumption", "usage.typed-text")


@pytest.mark.parametrize("channel", [*ELSEWHERE, "kiosk"])
def test_s27_the_reply_is_not_counted_too(guard: Guard, channel: str) -> None:
    """One message of the User is one message."""
    usage = guard.classify(UsageEvent(channel, "text", "agent"))
    assert (usage.meter, usage.row) == (None, "usage.text-replies")


@given(world.events("production", "preview", "test", "moon"))
def test_s27_nothing_else_is_a_text_chat_message(event: UsageEvent) -> None:
    """Any event: text, typed by the User, in production, not on WhatsApp."""
    counted = GUARD.classify(event).meter == "text_chat_messages"
    assert counted is (
        event.modality == "text"
        and event.sender == "user"
        and event.environment not in ("preview", "test")
        and event.channel != "whatsapp"
    )
