"""From the options of a command to a pack, a principal, a resource and a context."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from scopeguard.cli.looking import Looked
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_file import chosen
from scopeguard.compiling.program import Program
from scopeguard.errors import EvaluationError, RequestError, quoted
from scopeguard.model.principal import Principal
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS, make_principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.translator import Translator
from scopeguard.semantics.built_in_variables import CREDENTIAL_TYPES
from scopeguard.semantics.timestamps import parse_timestamp

_OPTIONS: Final[Mapping[str, str]] = MappingProxyType({"roles": "role", "attributes": "attribute"})
"""Parts of a principal whose option has another name."""


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """A request as the options of a command spell it: attributes as ``name=value`` texts."""

    kind: str
    id: str | None
    workspace: str
    scopes: str | None
    roles: Sequence[str]
    ceiling: str | None
    attributes: Sequence[str]
    channel: str | None
    environment: str
    now: str | None
    facts: Sequence[str]
    context_attributes: Sequence[str]
    resource_id: str | None
    resource_workspace: str | None
    resource_attributes: Sequence[str]

    def principal(self, inside: Translator) -> Principal:
        """Who asks, whose scopes and roles may be named by aliases.

        Raises RequestError for malformed values, and for an option that this kind does not have.
        """
        scopes, ceiling = inside.scopes(self.scopes), inside.scopes(self.ceiling)
        roles = list(map(inside.role, self.roles)) or None
        parts = {"id": self.id, "scopes": scopes, "roles": roles, "ceiling": ceiling}
        for part, value in {**parts, "attributes": self.attributes or None}.items():
            if value is not None and part not in PRINCIPAL_KINDS[self.kind].parts:
                having = " or ".join(name for name, other in PRINCIPAL_KINDS.items() if part in other.parts)
                option = _OPTIONS.get(part, part)
                raise RequestError(f"--{option} is no option of the kind {self.kind}; it goes with --as {having}")
        parts |= {"id": "someone" if self.id is None else self.id, "workspace": self.workspace}
        attributes = assignments(self.attributes)
        for name, value in attributes.items():
            if CREDENTIAL_TYPES.get(name) == "timestamp" and isinstance(value, str):
                raise RequestError(f"{name} is an instant, which opens with @, such as {name}=@2026-01-31T12:00:00Z")
        return make_principal(self.kind, parts, attributes)

    def context(self) -> Context:
        """The circumstances. Raises RequestError for malformed values."""
        return context(self.channel, self.environment, self.facts, self.now, self.context_attributes)

    def resource(self, surface: str | None) -> Resource | None:
        """What is asked about: None where no option names a resource. Raises RequestError for malformed values."""
        named = self.resource_id is not None or self.resource_workspace is not None or self.resource_attributes
        if not named or surface is None:
            return None
        return Resource(
            surface,
            self.resource_id,
            self.workspace if self.resource_workspace is None else self.resource_workspace,
            assignments(self.resource_attributes),
        )


def context(
    channel: str | None, environment: str, facts: Sequence[str], now: str | None, more: Sequence[str] = ()
) -> Context:
    """The circumstances of a request. Raises RequestError for malformed values."""
    return Context(
        channel=channel,
        environment=environment,
        facts=assignments(facts),
        now=None if now is None else instant(now),
        attributes=assignments(more),
    )


def read(looked: Looked) -> Program:
    """The pack that is looked at. Raises PolicyError."""
    return chosen(looked.whole, "", lambda: load_program(looked.whole))


def assignments(texts: Sequence[str]) -> dict[str, Any]:
    """``name=value`` texts as a mapping; raises RequestError for anything else.

    A value is JSON where it parses as JSON, an instant where it opens with ``@`` (within JSON too), and text otherwise.
    """
    result: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise RequestError(f"{quoted(text)} is not name=value")
        if name in result:
            raise RequestError(f"{quoted(name)} is given twice")
        result[name] = instant(value[1:]) if value.startswith("@") else _value(value)
    return result


def _value(text: str) -> object:
    try:
        return _with_instants(json.loads(text, object_pairs_hook=_unique))
    except RequestError:
        raise
    except (ValueError, RecursionError):
        return text


def _with_instants(value: object) -> object:
    match value:
        case str() if value.startswith("@"):
            return instant(value[1:])
        case dict():
            return {name: _with_instants(item) for name, item in value.items()}
        case list():
            return [_with_instants(item) for item in value]
    return value


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RequestError(
            f"an object with the keys {', '.join(quoted(key) for key, _ in pairs)} has one of them twice"
        )
    return found


def instant(text: str) -> datetime:
    """A timestamp of RFC 3339, as in tests of policies. Raises RequestError for anything else."""
    try:
        return parse_timestamp(text)
    except EvaluationError:
        message = f"{quoted(text)} is not an instant with its zone, such as 2026-01-31T12:00:00Z"
        raise RequestError(message) from None
