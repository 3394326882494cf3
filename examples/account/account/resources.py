"""The product's surfaces as data: what is a plain resource of the API, and what is done about one."""

from typing import Any, Final, NamedTuple

from account.models import Record, UsageRecord, Workspace


class Resource(NamedTuple):
    """Rows of *model* as a resource of the API: lists, one of them, and their changes, where the pack has these."""

    surface: str
    model: Any
    read: str = "read"
    write: str | None = "write"
    create: str | None = None
    """The operation that makes one, where that has gates of its own; None where the permission to write is asked."""
    unclassified: str | None = None
    """The surface where one belongs that is not said to be not sensitive."""
    is_fixed: bool = False
    """Whether rows are neither made nor deleted."""


def _record(surface: str, **more: Any) -> Resource:
    """A resource whose rows are records, with the class of its own that guard and lists know it by."""
    name = surface.title().replace("_", "")
    return Resource(surface, type(name, (Record,), {"__mapper_args__": {"polymorphic_identity": surface}}), **more)


_PLAIN: Final = (
    "integrations", "tests", "schedules", "voice", "profile_fields", "users", "conversations",
    "sensitive_memory", "collected_data", "post_session_records",
)  # fmt: skip
RESOURCES: Final = (
    *map(_record, _PLAIN),
    _record("agents", create="agents.create"),
    _record("knowledge", create="knowledge.upload"),
    _record("phone_numbers", create="phone_numbers.purchase"),
    _record("memory", unclassified="sensitive_memory"),
    _record("sessions", create="sessions.create"),
    _record("webhooks", read="admin", write="admin"),
    Resource("observability", UsageRecord, write=None, is_fixed=True),
    Resource("workspace_settings", Workspace, is_fixed=True),
)
"""All but ``audit_logs``, which come from the decision log and not from a table."""

MODELS: Final[dict[str, type[Any]]] = {each.surface: each.model for each in RESOURCES}


class Operation(NamedTuple):
    """Something that is done about a row of *surface*: ``POST {prefix}/{surface}/{key}/{path}``.

    What circumstances the pack reads stand in the path, so that they are known before anything is decided.
    """

    action: str
    surface: str
    path: str
    does: str
    """The function of ``account.operations`` that does it."""


OPERATIONS: Final = (
    Operation("agents.publish", "agents", "publications", "publish"),
    Operation("agents.rollback", "agents", "rollbacks", "roll_back"),
    Operation("channel.setup", "agents", "channels/{distribution}", "set_up_channel"),
    Operation("preview.start", "agents", "previews/{modality}", "start_preview"),
    Operation("tests.run", "tests", "runs/{modality}", "run_test"),
    Operation("messages.send", "sessions", "messages", "send_message"),
    Operation("whatsapp.reply", "sessions", "whatsapp-replies", "reply_on_whatsapp"),
    Operation("voice.connect", "sessions", "calls/{distribution}/{minutes:int}", "connect_call"),
)

SURROUNDINGS: Final = {
    "/widget": ("widget", ("messages.send",)),
    "/mobile": ("mobile", ("messages.send",)),
    "/gateways/whatsapp": ("whatsapp", ("whatsapp.reply",)),
    "/gateways/voice": ("voice", ("voice.connect",)),
}
"""Away from the API: prefixes with their channel, and which operations are offered there."""
