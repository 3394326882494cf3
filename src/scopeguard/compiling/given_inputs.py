"""What a matrix knows: what it was given. Everything else is open, be it there or not."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from scopeguard.compiling.partial_evaluation import QUESTION, KnownInputs, WorkspaceRelation
from scopeguard.compiling.truth import QUANTIFIERS
from scopeguard.model.request import Context
from scopeguard.semantics.built_in_variables import CREDENTIAL_TYPES, FACTS, ROLE_LISTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, ListExpr, Literal, Macro, disjunction, walk

_BELOW_FACTS: Final = f"{FACTS}."
_IDENTITY: Final = frozenset({"principal.id", "principal.workspace"})
_OF_HOLDER: Final = frozenset({
    "principal.roles", "principal.scopes",
    "principal.rank", "principal.assignable_roles", "principal.superior_roles",
})  # fmt: skip
"""What a principal holds, and what follows from that."""

_IN_FORCE: Final = frozenset(f"principal.{name}" for name in CREDENTIAL_TYPES.keys() - {"sso"})

_FIELDS: Final[Mapping[str, Callable[[Context], bool]]] = MappingProxyType({
    "context.channel": lambda given: given.channel is not None,
    "context.environment": lambda _: True,
    "context.now": lambda given: given.now is not None,
    FACTS: lambda _: False,
})  # fmt: skip
"""Whether the fields of a context are given; facts as a whole never are."""


def record_of(name: str) -> str:
    """The attribute or fact that a name is, or is a field of."""
    return ".".join(name.split(".")[: 3 if name.startswith(_BELOW_FACTS) else 2])


def in_force(kind: str) -> frozenset[str]:
    """What principals of a kind do not have whose credential is in force: nothing is the matter with it.

    A session has an end, for without one it is none.
    """
    return _IN_FORCE - {"principal.expires_at"} if kind == "session" else _IN_FORCE


class GivenInputs(KnownInputs, Struct, frozen=True):
    """What is known of a whole class of requests, those that complete a principal and a context.

    *absent* are the names of what none of them has, and *open* those of what is left open though it is given. Who the
    principal is by its id, and of which workspace, is open; without *held* so is all of it but its kind.
    """

    absent: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()

    def knows(self, name: str) -> bool:
        """Whether a value is the same in all of the requests, be it by its absence."""
        if name in QUESTION or name in self.env.types.names.library.types:
            return True
        if name in self.open:
            return False
        root, _, path = name.partition(".")
        # A record that is given is given whole, and of one that is absent no field is there.
        if name in self.absent or record_of(name) in self.absent:
            return True
        if root == "resource":
            # Where no resource is named, nothing of one is there.
            return self.about is WorkspaceRelation.NONE
        attribute = path.partition(".")[0]
        return self._of_principal(name, attribute) if root == "principal" else self._of_circumstances(name, attribute)

    def knows_presence(self, name: str) -> bool:
        """Whether a value is given in all of the requests, or in none."""
        return (self.held and name == "principal.id") or self.knows(name)

    def kept(self, expr: Expr, left: Expr) -> Expr:
        """As it is written, where something in a list would have no value: of that there is no shorter way to tell.

        Where roles over roles are open, it is so of those on one resource alone: the other ones are listed.
        """
        match left:
            case Call(function=ex.IN, args=(item, Ident(name=name))) if self.held and name in ROLE_LISTS & self.open:
                return self._listed(left, item, name)
        is_list = isinstance(left, Macro) and left.kind not in QUANTIFIERS
        return expr if is_list and any(isinstance(node, Failure) for node in walk(left)) else left

    def _listed(self, asked: Expr, item: Expr, name: str) -> Expr:
        plain = getattr(self.env.standing, name.rpartition(".")[2])
        match item:
            case Literal(value=str(text)):
                return asked if "/" in text else Literal(text in plain)
        here = Call(ex.IN, (item, ListExpr(tuple(map(Literal, plain)))))
        return disjunction((here, asked)) if plain else asked

    def _of_principal(self, name: str, attribute: str) -> bool:
        if name == "principal.kind":
            return True
        if name in _IDENTITY:
            return self.env.principal.kind == "anonymous"
        return self.held and (name in _OF_HOLDER or attribute in self.env.principal.attributes)

    def _of_circumstances(self, name: str, attribute: str) -> bool:
        given = self.env.context
        if name.startswith(_BELOW_FACTS):
            return name.removeprefix(_BELOW_FACTS).partition(".")[0] in given.facts
        field = _FIELDS.get(name)
        return attribute in given.attributes if field is None else field(given)
