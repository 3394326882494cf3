"""The variables of a pack: the expression of each, its type, and what it reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from scopeguard.checking.declared_attributes import Declared
from scopeguard.documents.entries import Entry
from scopeguard.semantics.built_in_variables import GROUPS, VARIABLES
from scopeguard.semantics.name_resolution import Resolution, Resolver
from scopeguard.semantics.set_lowering import membership
from scopeguard.semantics.type_checker import Checker
from scopeguard.semantics.variable_inlining import ExpandedVariables, expand_variables, ordered, substituted
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Expr, Ident, ListExpr, Literal


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable; *tree* is as parsed, None where the text is malformed."""

    entry: Entry
    tree: Expr | None

    @property
    def name(self) -> str:
        """As conditions write it."""
        return f"{VARIABLES}.{self.entry.name}"


@dataclass(frozen=True, slots=True)
class Variables:
    """All of a pack's, by the names that conditions write."""

    by_name: Mapping[str, Variable]
    resolved: Mapping[str, Expr]
    meanings: ExpandedVariables
    named: ExpandedVariables
    """The same, in which groups of surfaces keep their names."""
    declared: Declared

    @classmethod
    def of(
        cls, variables: tuple[Variable, ...], declared: Declared, groups: Mapping[str, tuple[str, ...]]
    ) -> "Variables":
        """Resolve *variables*, find their types, and add them to what is *declared*.

        Each of the *groups* is a list of surfaces.
        """
        declared.set_variables({variable.entry.name: "dyn" for variable in variables})
        names = declared.everywhere()
        resolved = {each.name: Resolver(names).resolve(each.tree) for each in variables if each.tree is not None}
        by_name = {each.name: each for each in variables}
        types = dict(names.variables or {})
        for name in ordered(resolved):
            types[name] = Checker(by_name[name].entry.content, replace(names, variables=types)).check(resolved[name])
        declared.set_variables({each.entry.name: str(types[each.name]) for each in variables})
        lists = {f"{GROUPS}.{group}": ListExpr(tuple(map(Literal, names))) for group, names in groups.items()}
        return cls(by_name, resolved, expand_variables({**lists, **resolved}), expand_variables(resolved), declared)

    def resolve(self, tree: Expr) -> Resolution:
        """A parsed tree with its names resolved."""
        return Resolution.of(tree, self.declared.everywhere())

    def whole(self, tree: Expr) -> Expr:
        """A resolved tree with its variables put in, and sets of constants spelled out."""
        return membership(substituted(tree, self.meanings.trees), self.declared.everywhere().variables or {})

    def without_groups(self, tree: Expr) -> Expr:
        """A resolved tree with its variables put in, in which groups of surfaces keep their names."""
        return substituted(tree, self.named.trees)

    def read_by(self, name: str) -> frozenset[str]:
        """The attributes that a variable reads, itself or through others."""
        tree = self.meanings.trees.get(name)
        nodes = () if tree is None else ex.walk(tree)
        return frozenset(node.name for node in nodes if isinstance(node, Ident) and node.absolute)
