"""Requests as the command that asks them again."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from scopeguard.analysis.witnesses import Witness
from scopeguard.compiling.program import Program
from scopeguard.model.input_validation import thaw
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS
from scopeguard.runtime.vocabulary import is_name, named_values, unknown_scopes
from scopeguard.shipped import default_pack

_NO_TEXTS: Final = frozenset({"true", "false", "null", "NaN", "Infinity"})
"""What is no text where a command takes JSON."""
_HOME: Final = "ws_1"
"""The workspace where no option names one."""


def command(witness: Witness, program: Program, verb: str = "check", more: Sequence[str] = ()) -> str:
    """The command that asks a request of a pack, with *more* options, as one line for a shell."""
    undeclared = ["--undeclared"] if _is_undeclared(witness, program) else []
    return shlex.join(["scopeguard", verb, witness.action, *_options(witness), *undeclared, *more])


def _is_undeclared(witness: Witness, program: Program) -> bool:
    """Whether a request has names where those of the pack are meant, and the pack does not have them."""
    who = witness.principal
    told = [("role", [*who.roles]), *named_values(program, witness.context, who, witness.resource)]
    undeclared = any(not is_name(program, word, text) for word, texts in told for text in texts)
    return undeclared or bool(unknown_scopes(program.catalog, who))


def is_sayable(witness: Witness) -> bool:
    """Whether a command can ask a request: none names a resource of no workspace, or one of which nothing is said."""
    resource = witness.resource
    return resource is None or (resource.workspace is not None and any(_of_resource(witness)))


def naming(paths: Sequence[str]) -> tuple[str, ...]:
    """The options of a command about the pack at some paths; none for the shipped one alone."""
    if tuple(paths) == (default_pack(),):
        return ()
    own = [path for path in paths if path != default_pack()]
    beneath = ["--with-default"] if len(own) < len(paths) else []
    return (*beneath, *(part for path in own for part in ("--pack", shlex.quote(path))))


def _options(asked: Witness) -> Iterator[str]:
    who, context = asked.principal, asked.context
    kind = "unrecognized" if who.is_unrecognized else who.kind
    if kind != "api_key":
        yield from ("--as", kind)
    if who.id not in {None, "someone"}:
        yield from ("--id", str(who.id))
    if who.workspace not in {None, _HOME}:
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
    yield from _of_resource(asked)


def _of_resource(asked: Witness) -> Iterator[str]:
    resource = asked.resource
    if resource is None:
        return
    if resource.id is not None:
        yield from ("--resource", resource.id)
    if resource.workspace is not None and resource.workspace != (asked.principal.workspace or _HOME):
        yield from ("--resource-workspace", resource.workspace)
    yield from _assigned("--resource-attribute", resource.attributes)


def _assigned(option: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        yield from (option, f"{name}={_value(thaw(value))}")


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"@{_instant(value)}"
    if isinstance(value, str) and value[:1].isalpha() and value.isprintable() and value not in _NO_TEXTS:
        return value
    return json.dumps(value, default=lambda each: f"@{_instant(each)}" if isinstance(each, datetime) else str(each))


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
