"""What a host may give in the requests of one kind of principals: a symbol for each name that conditions read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from scopeguard.analysis.logic import Bool, disj, implies
from scopeguard.analysis.samples import Samples
from scopeguard.analysis.solver import z3
from scopeguard.analysis.symbols import Maker, Part, Symbol
from scopeguard.analysis.text_properties import A_NAME, AN_ID, Property
from scopeguard.compiling.program import Program
from scopeguard.model.principal import UNRECOGNIZED, WORKSPACE_BOUND
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS
from scopeguard.model.usage import PRODUCTION
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES, CREDENTIAL_TYPES

CHANNEL: Final = "context.channel"
ENVIRONMENT: Final = "context.environment"
_IDS: Final = frozenset({"principal.id", "principal.workspace", "resource.id", "resource.workspace"})
_VALID: Final[Mapping[str, Property]] = MappingProxyType(
    {**dict.fromkeys(_IDS, AN_ID), CHANNEL: A_NAME, ENVIRONMENT: A_NAME}
)
"""What a text has to be in order to be the value of a name."""
_DYNAMIC: Final = ("string", "int", "double", "bool", "timestamp", "duration", "table")


class Given:
    """The symbols. With *is_strict* no value is of another type than declared."""

    def __init__(
        self, kind: str, programs: Sequence[Program], maker: Maker, samples: Samples, *, is_strict: bool
    ) -> None:
        self._kind = kind
        self._programs = programs
        self._maker = maker
        self._samples = samples
        self._is_strict = is_strict
        self._symbols: dict[tuple[str, tuple[str, ...]], Symbol] = {}

    def symbol(self, name: str, surface: str) -> Symbol | None:
        """What a name stands for in questions about a surface."""
        if self._kind == "anonymous" and name.startswith("principal.") and name != f"principal.{UNRECOGNIZED}":
            return None
        kinds = tuple(dict.fromkeys(program.types.of(name, surface) for program in self._programs))
        if "dyn" in kinds or len(kinds) > 1:
            kinds = tuple(
                dict.fromkeys((*(each for each in kinds if each != "dyn"), *(_DYNAMIC if "dyn" in kinds else ())))
            )
        key = (name, kinds)
        if key not in self._symbols:
            self._symbols[key] = self._made(name, kinds)
        return self._symbols[key]

    def _made(self, name: str, kinds: tuple[str, ...]) -> Symbol:
        slots = self._samples.slots(name)
        tables = {kind: self._samples.table(name, kind) for kind in kinds}
        found = [self._maker.part(name if kind == "string" else f"{name}", kind, slots, tables[kind]) for kind in kinds]
        present = self._present(name)
        which = z3.Int(f"kind of {name}")
        is_typed = self._is_strict or name in BUILT_IN_VARIABLES or self._is_state(name) or "dyn" in kinds
        if is_typed and len(found) == 1:
            parts: tuple[tuple[Bool, Part], ...] = ((True, found[0]),)
        else:
            # The last one is a value of no declared type.
            self._maker.constraints.extend(
                (which >= 0, which < len(found) + (0 if is_typed or "table" in kinds else 1))
            )
            parts = tuple((which == number, part) for number, part in enumerate(found))
        made = Symbol(name, present, parts)
        self._bound(name, made)
        for (other, _), known in self._symbols.items():
            # What has a field is there itself.
            if name.startswith(f"{other}."):
                self._maker.constraints.append(implies(made.present, known.present))
            elif other.startswith(f"{name}."):
                self._maker.constraints.append(implies(known.present, made.present))
        return made

    def _is_state(self, name: str) -> bool:
        return name.removeprefix("principal.") in (*PRINCIPAL_KINDS[self._kind].states, UNRECOGNIZED)

    def _present(self, name: str) -> Bool:
        if name == ENVIRONMENT or (name == "principal.id" and self._kind != "anonymous"):
            return True
        if name == "principal.workspace" and self._kind in WORKSPACE_BOUND:
            return True
        return z3.Bool(f"has {name}")

    def _bound(self, name: str, symbol: Symbol) -> None:
        """What is true of a name, whoever asks."""
        term = symbol.parts[0][1].case.term
        if name in _VALID:
            self._maker.constraints.append(self._maker.texts.has(_VALID[name], term))
        for which, listed in ((CHANNEL, "channels"), (ENVIRONMENT, "environments")):
            declared = [getattr(program.catalog, listed) for program in self._programs]
            if name == which and all(declared):
                known = dict.fromkeys((*(each for names in declared for each in names),
                                       *((PRODUCTION,) if name == ENVIRONMENT else ())))  # fmt: skip
                self._maker.constraints.append(disj(term == self._maker.texts.code(each) for each in known))
        if self._is_state(name) and CREDENTIAL_TYPES.get(name.removeprefix("principal.")) == "bool":
            # A constructor leaves a state out that is false.
            self._maker.constraints.append(implies(symbol.present, term))
