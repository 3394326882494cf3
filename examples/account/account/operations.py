"""What is done about a row: each function has the work, the row and what was said, and gives what is answered."""

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import update

from account.guarding import SESSION_PREFIX, digest
from account.metering import Work
from account.models import Record, new_id, now
from account.resources import MODELS
from scopeguard import UsageEvent
from scopeguard.http import NotFound

Answer: TypeAlias = dict[str, Any]
SESSION_LASTS: Final = timedelta(hours=1)


def publish(work: Work, row: Any, _: str) -> Answer:
    """Put the agent before Users."""
    return _changed(work, row, "version", lambda version: (version or 0) + 1)


def roll_back(work: Work, row: Any, _: str) -> Answer:
    """Put the version before there again."""
    return _changed(work, row, "version", lambda version: max(0, (version or 0) - 1))


def set_up_channel(work: Work, row: Any, _: str) -> Answer:
    """Let the agent be reached by one more way."""
    way = work.access.context.attributes["distribution"]
    return _changed(work, row, "channels", lambda ways: sorted({*(ways or ()), way}))


def start_preview(work: Work, row: Any, _: str) -> Answer:
    """A session that counts on the fair use of previews, whatever is said in it."""
    return open_session(work, f"preview of {row.name}", row.id, "preview")


def run_test(work: Work, row: Any, _: str) -> Answer:
    """A session that counts on the fair use of tests; that there was a run counts besides."""
    modality: Literal["text", "audio"] = "audio" if work.access.context.attributes["modality"] == "audio" else "text"
    work.happened(UsageEvent(work.access.context.channel or "server", modality, "user", "test"))
    return open_session(work, f"run of {row.name}", row.agent, "test")


def send_message(work: Work, row: Any, text: str) -> Answer:
    """What the User typed, and what the agent answers to it."""
    channel, environment = work.access.context.channel or "server", work.access.context.environment
    work.happened(UsageEvent(channel, "text", "user", environment))
    work.happened(UsageEvent(channel, "text", "agent", environment))
    return _said(work, row, text, f"You said: {text}")


def reply_on_whatsapp(work: Work, row: Any, text: str) -> Answer:
    """What the agent answers on WhatsApp, whoever delivers it."""
    work.happened(UsageEvent("whatsapp", "text", "agent", work.access.context.environment))
    return _said(work, row, text)


def connect_call(work: Work, row: Any, _: str) -> Answer:
    """A call: minutes were reserved, and those that it took are counted."""
    took = max(1, sum(quantity for _, quantity in work.reserved.values()) // 2)
    channel, environment = work.access.context.channel or "server", work.access.context.environment
    work.happened(UsageEvent(channel, "audio", "user", environment), took)
    return {"id": row.id, "minutes": took}


def open_session(work: Work, name: str, agent: str | None, environment: str) -> Answer:
    """A session of a User, with the value that its page signs its messages with, shown once."""
    row = MODELS["sessions"](
        id=new_id("ses"), workspace_id=work.workspace, name=name[:200], agent=agent, environment=environment
    )
    work.db.add(row)
    return {"id": row.id, "environment": environment, "token": sign(row)}


def sign(row: Any) -> str:
    """A value for the User's page in the place of a key: for this session alone, and for an hour."""
    token = SESSION_PREFIX + secrets.token_urlsafe(32)
    row.token_digest, row.expires_at = digest(token), now() + SESSION_LASTS
    return token


def _said(work: Work, row: Any, *texts: str) -> Answer:
    _changed(work, row, "messages", lambda said: [*(said or ()), *texts][-100:])
    return {"id": row.id, "messages": list(texts)}


def _changed(work: Work, row: Any, name: str, change: Callable[[Any], Any]) -> Answer:
    """Change what a row says by now. Raises NotFound where it is gone."""
    # Written to before it is read: whoever comes second waits here, and then reads what the first one has written.
    locked = update(Record).where(Record.id == row.id).values(body=Record.body).returning(Record)
    if work.db.scalar(locked, execution_options={"populate_existing": True}) is None:
        raise NotFound
    row.body = {**row.body, name: change(row.body.get(name))}
    return {"id": row.id, name: row.body[name]}


EFFECTS: Final[Mapping[str, Callable[[Work, Any, str], Answer]]] = {each.__name__: each for each in (
    publish, roll_back, set_up_channel, start_preview, run_test, send_message, reply_on_whatsapp, connect_call,
)}  # fmt: skip
