"""The permissions of a principal, by the same partial evaluation that decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Self

from scopeguard.compiling.truth import true_where
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.engine import OWN, Engine, refuse_others
from scopeguard.runtime.residuals import Residual, is_denied, remaining
from scopeguard.runtime.specialisation import UNSEEN, Kept
from scopeguard.semantics.source_form import conjoined, source_text
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr

_ALWAYS: Final = ""
"""The condition of what is allowed on every resource."""


class Permissions(frozenset[str]):
    """The permissions allowed outright on every resource of the principal's workspace.

    *conditional* maps each permission that depends on the resource to the condition under which it is allowed.
    """

    conditional: Mapping[str, str]

    def __new__(cls, allowed: Iterable[str], conditional: Mapping[str, str]) -> Self:
        """A frozen set with its conditional rest."""
        made = super().__new__(cls, allowed)
        made.conditional = MappingProxyType(dict(conditional))
        return made

    def __repr__(self) -> str:
        # That of a set would say of who may do everything under conditions that it may do nothing.
        return f"Permissions({sorted(self)}, {dict(self.conditional)})"

    def __reduce__(self) -> tuple[type[Permissions], tuple[tuple[str, ...], dict[str, str]]]:
        return Permissions, (tuple(sorted(self)), dict(self.conditional))


def list_permissions(engine: Engine, principal: Principal, context: Context) -> Permissions:
    """Every permission of the catalog, sorted into allowed outright, conditional and denied (left out)."""
    refuse_others(principal, context)
    conditions = {each: _condition(engine, principal, each, context) for each in engine.permissions}
    return Permissions(
        (permission for permission, text in conditions.items() if text == _ALWAYS),
        {permission: text for permission, text in conditions.items() if text},
    )


def _condition(engine: Engine, principal: Principal, permission: str, context: Context) -> str | None:
    """Under which condition a permission is allowed on resources of the own workspace; None where it is on none."""
    kept = engine.find_for_all(principal, permission, OWN, context)
    if kept is None:
        return None
    # What is the same in every request, as most is, without a call.
    found = kept.views.get(Permissions, UNSEEN)
    if found is not UNSEEN:
        return found  # type: ignore[return-value]  # such a text, or None

    def text() -> str | None:
        condition = true_where(remaining(of_own(kept, principal, context)))
        return None if condition == FALSE else _ALWAYS if condition == TRUE else conjoined(parts_of(condition))

    seen = kept.residual.settling(principal, context)
    return kept.view(Permissions, () if seen is None and is_denied(kept.residual) else seen, text)


def of_own(kept: Kept, principal: Principal, context: Context) -> Residual:
    """What is left for one principal in one context about resources of its own workspace."""
    return kept.residual if is_denied(kept.residual) else kept.specialised(principal, context)


def parts_of(condition: Expr) -> tuple[str, ...]:
    """What must all be true, as texts."""
    parts = condition.args if isinstance(condition, Call) and condition.function == ex.AND else (condition,)
    return tuple(map(source_text, parts))
