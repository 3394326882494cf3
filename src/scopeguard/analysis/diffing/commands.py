"""Requests as the command that asks them again."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from scopeguard.analysis.diffing.replaying import projected
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import Change
from scopeguard.analysis.witnesses import Witness
from scopeguard.model.input_validation import thaw
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS


def command(witness: Witness, verb: str = "check", more: Sequence[str] = ()) -> str:
    """The command that asks a request, with *more* options, as one line for a shell."""
    return shlex.join(["scopeguard", verb, witness.action, *_options(witness), *more])


def commands(change: Change, sides: tuple[Side, Side]) -> tuple[str, str]:
    """What asks for a change, of the first pack and of the second."""
    if change.aspect == "reach" and change.actions:
        (who,) = change.who
        kind = [] if who.kind == "api_key" else ["--as", who.kind]
        text = shlex.join(["scopeguard", "explain", change.actions[0], *kind, "--scopes", who.holding[0]])
        return text, text
    if change.witness is None:
        return "", ""
    old, new = (_command(side, change.witness, change.aspect) for side in sides)
    return old, new


def _command(side: Side, witness: Witness, aspect: str) -> str:
    asked = projected(side, witness)
    roles = side.program.catalog.roles
    unknown = any(role.partition("/")[0] not in roles for role in asked.principal.roles)
    more = [*(("--undeclared",) if unknown else ()), *(("--format", "json") if aspect == "audit" else ())]
    return command(asked, more=more)


def _options(asked: Witness) -> Iterator[str]:
    who, context, resource = asked.principal, asked.context, asked.resource
    kind = "unrecognized" if who.is_unrecognized else who.kind
    if kind != "api_key":
        yield from ("--as", kind)
    if who.id not in {None, "someone"}:
        yield from ("--id", str(who.id))
    if who.workspace not in {None, "ws_1"}:
        yield from ("--workspace", str(who.workspace))
    if who.scopes:
        yield from ("--scopes", " ".join(sorted(who.scopes)))
    for role in sorted(who.roles):
        yield from ("--role", role)
    if who.ceiling is not None:
        yield from ("--ceiling", " ".join(sorted(who.ceiling)))
    parts = PRINCIPAL_KINDS[kind].parts
    yield from _assigned("--attribute", who.attributes if "attributes" in parts else {})
    if context.channel is not None:
        yield from ("--channel", context.channel)
    if context.environment != "production":
        yield from ("--environment", context.environment)
    if context.now is not None:
        yield from ("--now", _instant(context.now))
    yield from _assigned("--fact", context.facts)
    yield from _assigned("--context", context.attributes)
    if resource is None:
        return
    if resource.id is not None:
        yield from ("--resource", resource.id)
    if resource.workspace is not None and resource.workspace != (who.workspace or "ws_1"):
        yield from ("--resource-workspace", resource.workspace)
    yield from _assigned("--resource-attribute", resource.attributes)


def _assigned(option: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        yield from (option, f"{name}={_value(thaw(value))}")


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"@{_instant(value)}"
    if isinstance(value, str) and value and value[0].isalpha() and value not in {"true", "false", "null"}:
        return value
    return json.dumps(value, default=lambda each: f"@{_instant(each)}" if isinstance(each, datetime) else str(each))


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
