"""One of the two packs of a comparison: its program, its files where they are known, and what is left of its rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from scopeguard.analysis.roles_on_one import Lists, lists_of, told
from scopeguard.compiling.environment import Environment, FixedAuthority
from scopeguard.compiling.given_inputs import GivenInputs, in_force
from scopeguard.compiling.loading import program_of
from scopeguard.compiling.pack_file import SUFFIX, load_packed
from scopeguard.compiling.partial_evaluation import WorkspaceRelation, simplify
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.compiling.truth import negated
from scopeguard.documents.loading import read_pack
from scopeguard.documents.pack import Pack
from scopeguard.errors import RequestError, quoted
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.model.usage import PRODUCTION
from scopeguard.runtime.authority import Authority
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.generations import Generations, program_in_force
from scopeguard.runtime.matrix import Asker
from scopeguard.runtime.residuals import Redaction, Residual, ResidualRule, remaining
from scopeguard.runtime.symbolic import Column, Rules, RulesOfKind, unsettled
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax.expression import FALSE, TRUE, Expr, Failure, Ident, walk

CHANNEL: Final = "context.channel"
ENVIRONMENT: Final = "context.environment"
_OPEN: Final = frozenset({ENVIRONMENT})
_NOTHING: Final[frozenset[str]] = frozenset()
_MAX_ROWS: Final = 2_000


class Held(NamedTuple):
    """What a principal holds, and what follows from that."""

    grants: EffectiveGrants
    authority: Authority


Packs: TypeAlias = "str | PathLike[str] | Sequence[str | PathLike[str]] | Generations | Side"
"""A guard, or the paths of a pack, of which the places of all that differs are known."""


@dataclass(eq=False)
class Side:
    """A pack to be compared. *pack* are its files, None where they are not known."""

    program: Program
    pack: Pack | None = None
    _engine: Engine | None = None
    _kinds: dict[tuple[str, WorkspaceRelation], RulesOfKind] = field(default_factory=dict)
    _columns: dict[tuple[Principal, WorkspaceRelation], Column] = field(default_factory=dict)
    _held: dict[Principal, Held] = field(default_factory=dict)
    _on_one: dict[Principal, Lists] = field(default_factory=dict)
    _usual: dict[str, RulesOfKind] = field(default_factory=dict)
    _usual_columns: dict[Principal, Column] = field(default_factory=dict)
    _ordinary: dict[tuple[str, str | None, str | None, bool], RulesOfKind] = field(default_factory=dict)

    @classmethod
    def of(cls, packs: Packs, here: str = "") -> "Side":
        """The pack of a guard or at some paths; relative ones are looked up in the folder *here*.

        Raises PolicyError where it does not load, and RequestError for anything else.
        """
        if isinstance(packs, Side):
            return packs
        if isinstance(packs, Generations):
            return cls(program_in_force(packs))
        listed: object = [packs] if isinstance(packs, str | PathLike) else packs
        if not isinstance(listed, Sequence) or not all(isinstance(each, str | PathLike) for each in listed):
            raise RequestError(f"what is compared must be a guard or the paths of a pack, not {type(packs).__name__}")
        names = [str(each) for each in listed]
        if len(names) == 1 and names[0].endswith(SUFFIX):
            return cls(load_packed(names[0], here=here))
        pack, findings = read_pack(names, here)
        return cls(program_of(pack, findings), pack)

    @property
    def engine(self) -> Engine:
        """What answers requests."""
        if self._engine is None:
            self._engine = Engine(self.program, number=1, max_rows=_MAX_ROWS)
        return self._engine

    def act(self, action: str) -> ActionRules | None:
        """The rules about an action; None where the pack does not have it under this very name."""
        return self.program.known(action) if action in self.program.actions else None

    def held(self, principal: Principal) -> Held:
        """What a principal holds."""
        if principal not in self._held:
            grants = EffectiveGrants.of(self.program.catalog, principal)
            self._held[principal] = Held(grants, Authority(self.engine.role_rules, principal, grants))
        return self._held[principal]

    def on_one(self, principal: Principal) -> Lists:
        """The roles on one resource that are over others for a principal."""
        if principal not in self._on_one:
            grants = self.held(principal).grants
            self._on_one[principal] = lists_of(self.engine.role_rules, principal, grants)
        return self._on_one[principal]

    def left(self, principal: Principal, act: ActionRules) -> Residual:
        """What is left of the rules about an action for all requests of a principal, wherever they come from.

        Its id, its workspace, what is the matter with its credential, and whatever else is not given, are open.
        """
        column = self._column(principal, WorkspaceRelation.ANY)
        rules = _rules_about(self._kind(principal.kind, WorkspaceRelation.ANY), act)
        known = column.known(act)
        rest = replace(
            column.residual(rules),
            advises=tuple(
                ResidualRule(rule, left) for rule in act.advises if (left := simplify(rule.condition, known)) != FALSE
            ),
            redactions=tuple(
                each for name in act.embeds if (each := self._redaction(principal, name)).residual != FALSE
            ),
        )
        return self._told(principal, rest)

    def known(self, principal: Principal, act: ActionRules) -> GivenInputs:
        """What is known of the requests of a principal."""
        return self._column(principal, WorkspaceRelation.ANY).known(act)

    def known_of_kind(self, principal: Principal, act: ActionRules) -> GivenInputs:
        """What is known of the requests of all principals of its kind."""
        env = Environment(principal, None, Context(), act.question, FixedAuthority(), self.program.types)
        return self._kind(principal.kind, WorkspaceRelation.ANY).known(env, unsettled, _NOTHING, held=False)

    def stage(self, rule: Rule) -> str:
        """The stage of one of its rules."""
        return self.program.catalog.stages[rule.stage]

    def knows(self, channel: str | None, environment: str) -> bool:
        """Whether the pack takes requests from a channel and in an environment."""
        catalog = self.program.catalog
        here = channel is None or not catalog.channels or channel in catalog.channels
        return here and (not catalog.environments or environment in (*catalog.environments, PRODUCTION))

    def usual(self, principal: Principal, act: ActionRules) -> Residual:
        """What is left of the rules for ordinary requests, wherever they come from."""
        if principal.kind not in self._usual:
            absent = in_force(principal.kind)
            self._usual[principal.kind] = RulesOfKind(self.program, principal.kind, Context(), absent, open=_OPEN)
        kind = self._usual[principal.kind]
        if principal not in self._usual_columns:
            asker = Asker(principal, Context(), in_force(principal.kind))
            self._usual_columns[principal] = Column(self.engine, asker, kind)
        rules = _rules_about(kind, act)
        return self._told(principal, self._usual_columns[principal].residual(rules))

    def ordinary(
        self, principal: Principal, act: ActionRules, channel: str | None, environment: str | None, *, is_bare: bool
    ) -> Residual:
        """What is left of the rules for requests with an ordinary credential about the own workspace.

        *channel* and *environment* are open where they are None; with *is_bare* no channel is none.
        """
        absent = in_force(principal.kind) | ({CHANNEL} if channel is None and is_bare else _NOTHING)
        context = Context(channel=channel, environment=environment or PRODUCTION)
        open_names = _OPEN if environment is None else _NOTHING
        key = (principal.kind, channel, environment, is_bare)
        kind = self._ordinary.get(key)
        if kind is None:
            kind = self._ordinary[key] = RulesOfKind(self.program, principal.kind, context, absent, open=open_names)
        rules = _rules_about(kind, act)
        return Column(self.engine, Asker(principal, context, absent), kind).residual(rules)

    def _told(self, principal: Principal, rest: Residual) -> Residual:
        """*rest* with what follows from the principal for roles on one resource that a request names."""
        if not any(
            isinstance(node, Ident) and node.name in ROLE_LISTS for each in rest.conditions for node in walk(each)
        ):
            return rest
        lists = self.on_one(principal)
        parts = ("denials", "permits", "advises", "redactions")
        return replace(rest, **{
            part: tuple(replace(each, residual=told(each.residual, lists)) for each in getattr(rest, part))
            for part in parts
        })  # fmt: skip

    def _redaction(self, principal: Principal, permission: str) -> Redaction:
        name = permission.partition(":")[0]
        act = self.act(permission)
        rules = None if act is None else self._kind(principal.kind, WorkspaceRelation.NONE).rules_about(permission)
        if rules is None:
            return Redaction(name, TRUE)
        readable: Expr = remaining(self._column(principal, WorkspaceRelation.NONE).residual(rules))
        return Redaction(name, TRUE if isinstance(readable, Failure) else negated(readable))

    def _kind(self, kind: str, about: WorkspaceRelation) -> RulesOfKind:
        key = kind, about
        if key not in self._kinds:
            self._kinds[key] = RulesOfKind(self.program, kind, Context(), _NOTHING, about, _OPEN)
        return self._kinds[key]

    def _column(self, principal: Principal, about: WorkspaceRelation) -> Column:
        key = principal, about
        if key not in self._columns:
            asker = Asker(principal, Context())
            self._columns[key] = Column(self.engine, asker, self._kind(principal.kind, about))
        return self._columns[key]


def _rules_about(kind: RulesOfKind, act: ActionRules) -> Rules:
    """The rules about an action of the pack. Raises RequestError for one that it does not have."""
    rules = kind.rules_about(act.question.action)
    if rules is None:
        raise RequestError(f"the pack does not have the action {quoted(act.question.action)}")
    return rules


def load_side(paths: Sequence[str], here: str = "") -> Side:
    """The pack at some paths, to be compared; relative ones are looked up in *here*. Raises PolicyError."""
    return Side.of(list(paths), here)
