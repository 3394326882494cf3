"""Account pages: the state of every entry, by the same partial evaluation that lists and decides."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict, replace

from scopeguard.errors import RequestError, did_you_mean
from scopeguard.model.catalog import Tab
from scopeguard.model.decision import Decision, Remedy
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.answer import deny
from scopeguard.runtime.residuals import is_never, is_open, remaining
from scopeguard.runtime.rows import Generation
from scopeguard.runtime.wording import Verdict, Wording
from scopeguard.syntax.expression import TRUE

Access: TypeAlias = Literal["manage", "read_only", "unavailable", "not_offered"]

OF_THE_WORKSPACE: Final = "state"
"""The class of codes that speak of the workspace and not of the caller, so that no permission changes them."""


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
    generation: Generation, page: str, member: Principal, context: Context, workspace: str | None
) -> tuple[TabState, ...]:
    """The entries of *page* in the order of the catalog. Raises RequestError where the pack has no such page.

    *workspace* is whose page it is: the member's own where None.
    """
    pages = generation.program.catalog.settings
    if page not in pages:
        hint = did_you_mean(page, pages) or f'list its entries under "{page}" in the section settings'
        raise RequestError(f'the pack has no page "{page}"; {hint}')
    visit = _Visit(generation, member, context, workspace)
    return tuple(visit.state(tab) for tab in pages[page])


class _Denial(NamedTuple):
    """Why a permission is denied on every resource. Not *is_offered*: the workspace does not have what it is about."""

    decision: Decision
    is_offered: bool = True


class _Visit(NamedTuple):
    """One look of a member at the pages of a workspace."""

    generation: Generation
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
        decision, program = denial.decision, self.generation.program
        act = program.act(decision.permission) if self.member.kind == "member" and decision.needed else None
        return TabState(
            tab.id,
            tab.title,
            "unavailable" if denial.is_offered else "not_offered",
            code=decision.code,
            reason=decision.reason,
            needed=decision.needed,
            roles=() if act is None else Wording(program, act, decision.needed).holders,
            remedy=decision.remedy,
        )

    def primary(self, denials: Sequence[_Denial]) -> _Denial:
        """The denial of the earliest stage, and of a rule before a missing grant."""
        stages = self.generation.program.catalog.stages
        # Nobody is told to ask for a permission to what is not offered.
        is_offered = all(each.is_offered for each in denials)
        told = [each for each in denials if is_offered or each.decision.rules]
        return min(told, key=lambda each: (stages.index(each.decision.stage or stages[0]), not each.decision.rules))

    def denials(self, member_permission: str) -> Iterator[_Denial]:
        """Why a member permission is not in force: the denials of what it stands for, in the order of the catalog."""
        catalog = self.generation.program.catalog
        granted = catalog.member_permissions[member_permission]
        for permission in catalog.permissions:
            if permission in granted:
                denial = self.denial(permission, member_permission)
                if denial is not None:
                    yield denial

    def denial(self, permission: str, member_permission: str) -> _Denial | None:
        """Why *permission* is denied on every resource; None where it may be allowed on some."""
        program, member, context = self.generation.program, self.member, self.context
        surface = permission.partition(":")[0]
        about = None if self.workspace is None else Resource(surface, workspace=self.workspace)
        # The check refuses malformed questions. What it allows for the surface as a whole needs no closer look.
        decision = self.generation.check(member, permission, about, context)
        if decision:
            return None
        act = program.act(permission)
        if act is None:
            return _Denial(decision)
        rest = self.generation.bind(member).residual_for(act, member, context, about)
        if not is_never(remaining(rest)):
            return None
        first = next((each for each in rest.denials if not is_open(each.residual)), None)
        if first is not None:
            verdict = Verdict(first.rule, failed=first.residual != TRUE)
            env = rest.environment(member, about, context)
            settled = deny(program, act, member, (verdict,), granted=True, errors=(), env=env)
            # What nobody has is told to those too who lack the permission, lest they ask for it.
            if settled.category == OF_THE_WORKSPACE:
                return _Denial(settled, is_offered=False)
        if member.kind != "member" or not decision.needed:
            return _Denial(decision)
        # Other member permissions may grant this too; on a page it is its own that a member asks for.
        needed = (member_permission,)
        remedy = Wording(program, act, needed).remedy(program.catalog.codes[decision.code or ""])
        return _Denial(replace(decision, needed=needed, remedy=remedy))
