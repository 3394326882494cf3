"""Voice or realtime audio counts as voice minutes."""

import pytest
from hypothesis import given

from scopeguard import Guard, UsageEvent
from tests.seed import tables, world

GUARD = Guard.default()
MESSAGES = {"text_chat_messages", "whatsapp_messages"}


@pytest.mark.parametrize("channel", [*tables.CHANNELS, "kiosk"])
def test_s28_audio_on_any_channel(guard: Guard, channel: str) -> None:
    """Whoever speaks, on WhatsApp too."""
    for event in (UsageEvent(channel, "audio", "user"), UsageEvent(channel, "audio", "agent")):
        usage = guard.classify(event)
        assert (usage.meter, usage.kind, usage.row) == ("voice_minutes", "consumption", "usage.voice")


@given(world.events("production", "preview", "test", "moon"))
def test_s28_audio_is_never_a_message_and_text_is_never_voice(event: UsageEvent) -> None:
    """In every environment, known or not."""
    meter = GUARD.classify(event).meter
    if event.modality == "audio":
        assert meter not in MESSAGES
        assert meter is not None
    else:
        assert meter != "voice_minutes"


def test_s28_a_session_of_voice_and_text_counts_each_as_what_it_is(guard: Guard) -> None:
    """What is typed is a message, what is spoken is minutes."""
    typed, spoken = (guard.classify(UsageEvent("widget", how, "user")) for how in ("text", "audio"))
    assert (typed.meter, spoken.meter) == ("text_chat_messages", "voice_minutes")
