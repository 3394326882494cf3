"""From a model to the request that it stands for: what does not matter is left out, or is ordinary."""

from collections.abc import Mapping
from typing import Any, Final

from scopeguard.analysis.symbols import MALFORMED, NotMadeError, Symbol
from scopeguard.analysis.witnesses import Witness
from scopeguard.analysis.worlds import World
from scopeguard.compiling.environment import RequestedAction
from scopeguard.model.principal import WORKSPACE_BOUND, Principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.usage import PRODUCTION
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES, FACTS, root_of

HOME: Final = "ws_1"
"""The workspace of a principal where it does not matter which."""
IDS: Final[Mapping[str, str]] = {"api_key": "key_1", "member": "usr_1", "session": "ses_1", "system": "job_1"}
"""Ids of principals where they do not matter."""


def request_of(
    world: World, question: RequestedAction, symbols: Mapping[str, Symbol], model: Any, texts: Mapping[int, str]
) -> Witness:
    """The request of a model, with what is given for some symbols. Raises NotMadeError, and RequestError."""
    given = {name: value for name, symbol in sorted(symbols.items())
             if (value := symbol.given(model, texts)) is not None}  # fmt: skip
    kind = world.kind
    workspace = given.get("principal.workspace", HOME if kind in WORKSPACE_BOUND else None)
    held = world.held.given(model, texts)
    ceiling = None if world.ceiling is None or _is_true(model, world.unlimited) else world.ceiling.given(model, texts)
    principal = Principal(
        kind,  # type: ignore[arg-type]  # worlds are made of kinds only
        given.get("principal.id", IDS.get(kind)),
        workspace,
        scopes=() if world.held.are_roles else held,
        roles=held if world.held.are_roles else (),
        ceiling=ceiling,
        attributes=_attributes("principal", given),
    )
    resource = Resource(
        question.surface, given.get("resource.id"), given.get("resource.workspace"), _attributes("resource", given)
    )
    if "resource.workspace" not in symbols:
        resource = Resource(resource.surface, resource.id, principal.workspace, resource.attributes)
    context = Context(
        channel=given.get("context.channel"),
        environment=given.get("context.environment", PRODUCTION),
        facts=_attributes(FACTS, given),
        now=given.get("context.now"),
        attributes=_attributes("context", given),
    )
    is_plain = resource.id is None and not resource.attributes and resource.workspace == principal.workspace
    return Witness(principal, question.action, None if is_plain else resource, context)


def _is_true(model: Any, condition: Any) -> bool:
    return condition if isinstance(condition, bool) else str(model.eval(condition, model_completion=True)) == "True"


def _attributes(root: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given under a root; fields of records in their records."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in BUILT_IN_VARIABLES or root_of(name) != root:
            continue
        *records, last = name.removeprefix(f"{root}.").split(".")
        place = found
        for record in records:
            inner = place.get(record)
            if not isinstance(inner, dict):
                inner = place[record] = dict(inner) if isinstance(inner, Mapping) else {}
            place = inner
        # What is given of the fields of a record comes after what is given of the whole.
        place[last] = dict(value) if isinstance(value, Mapping) else () if value is MALFORMED else value
    return found


def malformed(value: Any) -> bool:
    """Whether a value is of no declared type."""
    return value is MALFORMED


__all__ = ["HOME", "IDS", "NotMadeError", "request_of"]
