"""Account pages: the state of every entry, by the same partial evaluation that lists and decides."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict, replace

from scopeguard.compiling.partial_evaluation import WorkspaceRelation
from scopeguard.compiling.truth import true_where
from scopeguard.errors import RequestError, did_you_mean
from scopeguard.model.catalog import Tab
from scopeguard.model.decision import Decision, Remedy
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.decisions import deny
from scopeguard.runtime.engine import ABOUT, OWN, Engine, position, refuse_others
from scopeguard.runtime.messages import MessageContext, RuleOutcome
from scopeguard.runtime.residuals import Residual, is_never, is_open, remaining, specialised
from scopeguard.runtime.templates import filled
from scopeguard.syntax.expression import FALSE, TRUE

Access: TypeAlias = Literal["manage", "read_only", "unavailable", "not_offered"]

OF_THE_WORKSPACE: Final = "state"
"""The class of codes that are about the workspace and not of the caller, so that no permission changes them."""


class TabState(Struct, frozen=True, gc=False):
    """What a member may do with one entry of an account page.

    *state* is ``manage``, ``read_only``, ``unavailable`` (to this member) or ``not_offered`` (to nobody: the workspace
    does not have it). Of the last two, *code*, *reason* and *remedy* are those of the denial. Where a member permission
    is missing, *needed* names it and *roles* are the roles that hold it, sorted.
    """

    id: str
    title: str
    state: Access
    code: str | None = None
    reason: str | None = None
    needed: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    remedy: Remedy | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: every field, tuples as lists."""
        remedy = None if self.remedy is None else asdict(self.remedy)
        return asdict(self) | {"needed": list(self.needed), "roles": list(self.roles), "remedy": remedy}

    def __str__(self) -> str:
        head = f"{self.title}: {self.state}"
        lines = [head if self.code is None else f"{head} [{self.code}]: {self.reason}"]
        if self.needed:
            lines.append(f"  needed: {' '.join(self.needed)}")
        if self.remedy is not None:
            lines.append(f"  remedy: {self.remedy.text}")
        return "\n".join(lines)


def tab_states(
    engine: Engine, page: str, member: Principal, context: Context, workspace: str | None
) -> tuple[TabState, ...]:
    """The entries of *page* in the order of the catalog. Raises RequestError where the pack has no such page.

    *workspace* is whose page it is: the member's own where None.
    """
    pages = engine.program.catalog.settings
    if page not in pages:
        hint = did_you_mean(page, pages) or f'list its entries under "{page}" in the section settings'
        raise RequestError(f'the pack has no page "{page}"; {hint}')
    refuse_others(member, context)
    visit = _Visit(engine, member, context, workspace)
    return tuple(visit.state(tab) for tab in pages[page])


class _Denial(NamedTuple):
    """Why a permission is denied on every resource. Not *is_offered*: the workspace does not have what it is about."""

    decision: Decision
    is_offered: bool = True
    roles: tuple[str, ...] = ()
    """Who holds what is needed, where a member lacks it."""


class _Visit(NamedTuple):
    """One look of a member at the pages of a workspace."""

    engine: Engine
    member: Principal
    context: Context
    workspace: str | None

    def state(self, tab: Tab) -> TabState:
        """The state of one entry."""
        hidden = list(self.denials(tab.view))
        if hidden:
            return self.told(tab, self.primary(hidden))
        managed = tab.manage is not None and not any(True for _ in self.denials(tab.manage))
        return TabState(tab.id, tab.title, "manage" if managed else "read_only")

    def told(self, tab: Tab, denial: _Denial) -> TabState:
        """An entry that the member may not even view."""
        decision = denial.decision
        return TabState(
            tab.id,
            tab.title,
            "unavailable" if denial.is_offered else "not_offered",
            code=decision.code,
            reason=decision.reason,
            needed=decision.needed,
            roles=denial.roles,
            remedy=decision.remedy,
        )

    def primary(self, denials: Sequence[_Denial]) -> _Denial:
        """The denial of the earliest stage, and of a rule before a missing grant."""
        stages = self.engine.program.catalog.stages
        # Nobody is sent to ask for a permission to what is not offered.
        is_offered = all(each.is_offered for each in denials)
        told = [each for each in denials if is_offered or each.decision.rules]
        return min(told, key=lambda each: (stages.index(each.decision.stage or stages[0]), not each.decision.rules))

    def denials(self, member_permission: str) -> Iterator[_Denial]:
        """Why a member permission is not in force: the denials of what it stands for, in the order of the catalog."""
        granted = self.engine.program.catalog.member_permissions[member_permission]
        for permission in sorted(granted, key=self.engine.order.__getitem__):
            denial = self.denial(permission, member_permission)
            if denial is not None:
                yield denial

    def denial(self, permission: str, member_permission: str) -> _Denial | None:
        """Why *permission* is denied on every resource; None where it may be allowed on some."""
        member, context, engine = self.member, self.context, self.engine
        surface = permission.partition(":")[0]
        about = None if self.workspace is None else Resource(surface, workspace=self.workspace)
        at = OWN if about is None else position(member, about)
        kept = engine.find_for_all(member, permission, at, context)
        if kept is None:
            return _Denial(engine.check(member, permission, about, context))
        # A principal of another kind learns what it holds instead.
        seen = kept.residual.telling(member, context) if member.kind == "member" else None
        return kept.view(member_permission, seen, lambda: self.looked(kept.residual, at, about, member_permission))

    def looked(self, rest: Residual, at: int, about: Resource | None, member_permission: str) -> _Denial | None:
        """The same by what is left of the rules."""
        program, member, context = self.engine.program, self.member, self.context
        rest = specialised(rest, member, context, ABOUT[at] if about is None else WorkspaceRelation.GIVEN, about)
        left = remaining(rest)
        # What contradicts itself is open, and never true: no list has it as a permission.
        if not is_never(left) and true_where(left) != FALSE:
            return None
        decision = self.engine.check(member, rest.act.question.permission, about, context)
        if decision:
            return None
        act = rest.act
        first = next((each for each in rest.denials if not is_open(each.residual)), None)
        if first is not None:
            verdict = RuleOutcome(first.rule, failed=first.residual != TRUE)
            env = rest.environment(member, about, context)
            settled = filled(deny(program, act, member, (verdict,), granted=True, errors=(), env=env), member, about)
            # What nobody has is reported to those too who lack the permission, lest they ask for it.
            if settled.category == OF_THE_WORKSPACE:
                return _Denial(settled, is_offered=False)
        if member.kind != "member" or not decision.needed:
            return _Denial(decision)
        # Other member permissions may grant this too; on a page it is its own that a member asks for.
        wording = MessageContext(program, act, (member_permission,))
        remedy = wording.remedy(program.catalog.codes[decision.code or ""])
        return _Denial(replace(decision, needed=wording.needed, remedy=remedy), roles=wording.holders)
