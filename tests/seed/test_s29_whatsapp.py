"""WhatsApp text replies count as WhatsApp messages."""

from hypothesis import given

from scopeguard import Guard, UsageEvent
from tests.seed import world

GUARD = Guard.default()


def test_s29_a_text_reply(guard: Guard) -> None:
    """What the agent writes on WhatsApp in production."""
    usage = guard.classify(UsageEvent("whatsapp", "text", "agent"))
    assert (usage.meter, usage.kind, usage.row) == ("whatsapp_messages", "consumption", "usage.whatsapp-replies")


def test_s29_what_it_replies_to_is_not_counted(guard: Guard) -> None:
    """The row says so; it is not merely that no row applies to it."""
    usage = guard.classify(UsageEvent("whatsapp", "text", "user"))
    assert (usage.meter, usage.kind, usage.row) == (None, None, "usage.whatsapp-inbound")


@given(world.events("production", "preview", "test", "moon"))
def test_s29_the_two_kinds_of_messages_never_mix(event: UsageEvent) -> None:
    """WhatsApp text is never a text chat message, and nothing from elsewhere a WhatsApp message."""
    meter = GUARD.classify(event).meter
    assert meter != ("text_chat_messages" if event.channel == "whatsapp" else "whatsapp_messages")
