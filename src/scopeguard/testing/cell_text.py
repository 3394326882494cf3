"""A test of one request as the text of a file of tests, to be pasted."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from scopeguard.checking.test_suites.expectations import ALLOW
from scopeguard.model.catalog import Catalog
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.usage import PRODUCTION
from scopeguard.runtime.decisions import AUDIT
from scopeguard.semantics.timestamps import duration_text, timestamp_text
from scopeguard.testing.running import undecided


def cell_text(
    catalog: Catalog, principal: Principal, action: str, resource: Resource | None, context: Context, wanted: Decision
) -> str | None:
    """A file of tests with the one cell, which expects *wanted*; None where tests cannot name what is asked.

    Tests name no scope, no role and no attribute of a resource that their pack does not have, as a request may.
    """
    if not principal.roles <= catalog.roles.keys() or not _known_scopes(catalog, principal):
        return None
    if resource is not None and not resource.attributes.keys() <= catalog.surfaces[resource.surface].attributes:
        return None
    lines = ["scopeguard: 1", "tests:", "  principals:", f"    who: {_flow(_principal(principal))}"]
    if resource is not None:
        about = {"surface": resource.surface, "id": resource.id, "workspace": resource.workspace}
        lines += ["  resources:", f"    it: {_flow({**about, 'attributes': _plain(resource.attributes)})}"]
    if context.facts:
        lines += ["  facts:", f"    known: {_flow(_plain(context.facts))}"]
    here = {
        "channel": context.channel,
        "environment": None if context.environment == PRODUCTION else context.environment,
        "facts": "known" if context.facts else None,
        "now": None if context.now is None else timestamp_text(context.now),
        "attributes": _plain(context.attributes),
    }
    lines += ["  contexts:", f"    here: {_flow(here)}", "  matrices:", "    - id: pasted"]
    lines += ["      principals: [who]", f"      only: {_flow([action])}", "      context: here"]
    lines += [] if resource is None else ["      resources: [it]"]
    word = ALLOW if wanted.allowed else wanted.code
    lines += ["      table:", f"        {json.dumps(action)}: {{who: {word}}}"]
    more = _more(wanted)
    lines += ["      expect:", f"        {json.dumps(action)}: {{who: {_flow(more)}}}"] if more else []
    return "\n".join([*lines, ""])


def _known_scopes(catalog: Catalog, principal: Principal) -> bool:
    named = {*principal.scopes, *(principal.ceiling or ())}
    return all(scope.partition("/")[0] in catalog.scopes for scope in named)


def _principal(who: Principal) -> dict[str, Any]:
    return {
        "kind": "unrecognized" if who.is_unrecognized else who.kind,
        "id": who.id,
        "workspace": who.workspace,
        "scopes": " ".join(sorted(who.scopes)),
        "roles": sorted(who.roles),
        "ceiling": None if who.ceiling is None else " ".join(sorted(who.ceiling)),
        "attributes": _plain(who.attributes),
    }


def _more(wanted: Decision) -> dict[str, Any]:
    if not wanted.allowed:
        return {"errors": sorted(wanted.errors)} if undecided(wanted) else {}
    return {
        "audited": any(each.kind == AUDIT for each in wanted.obligations),
        "advice": sorted(each.code for each in wanted.advice),
        "redact": sorted(wanted.redact),
    }


def _flow(value: object) -> str:
    """JSON is YAML; what is not there is left out."""
    if isinstance(value, Mapping):
        value = {
            name: each for name, each in value.items() if each not in (None, "", {}) and (each != [] or name in _EMPTY)
        }
    return json.dumps(value, ensure_ascii=True)


_EMPTY = frozenset({"advice", "redact"})
"""Lists that say something where they are empty."""


def _plain(value: Any) -> Any:
    """Values as tests write them. Recursion is bounded by the depth that requests admit."""
    match value:
        case datetime():
            return timestamp_text(value)
        case timedelta():
            return duration_text(value)
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case tuple() | list() | frozenset():
            return [_plain(each) for each in value]
        case bool() | int() | float() | str() | None:
            return value
    return str(value)
