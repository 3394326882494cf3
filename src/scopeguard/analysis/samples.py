"""Values that conditions suggest for names: what to try where the encoding does not say what a condition means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scopeguard.compiling.environment import conforms
from scopeguard.compiling.program import Program
from scopeguard.errors import RequestError
from scopeguard.model.input_validation import freeze
from scopeguard.runtime.vocabulary import names_of
from scopeguard.semantics.built_in_variables import VOCABULARIES, word_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, Macro, Select, UInt, walk

_NETWORK: Final = "192.0.2.0/24"
_ADDRESS: Final = "192.0.2.1"
"""One that is for documentation (RFC 5737), and in that network."""
_MAX_SLOTS: Final = 24
_SPARE: Final = 1


@dataclass(frozen=True)
class Samples:
    """By name, the constants and fields near it, and how often its elements are asked about."""

    constants: Mapping[str, Sequence[Any]]
    fields: Mapping[str, Sequence[str]]
    asked: Mapping[str, int]
    names: Mapping[str, Sequence[str]]
    """The names of the packs, by what is to be one of them."""

    @classmethod
    def of(cls, programs: Iterable[Program], exprs: Iterable[Expr] = ()) -> "Samples":
        """What the rules of some packs suggest, and other conditions about them."""
        programs = tuple(programs)
        constants: dict[str, dict[tuple[type, str], Any]] = {}
        fields: dict[str, dict[str, None]] = {}
        asked: dict[str, int] = {}
        for expr in dict.fromkeys((*exprs, *(rule.condition for program in programs for rule in program.rules))):
            for part in _clauses(expr):
                nodes = list(walk(part))
                names = [node.name for node in nodes if isinstance(node, Ident) and node.absolute]
                values = [node.value for node in nodes if isinstance(node, Literal)]
                selected = [node.name for node in nodes if isinstance(node, Select)]
                for name in names:
                    constants.setdefault(name, {}).update(
                        {(type(value), repr(value)): value for value in values if not isinstance(value, UInt)}
                    )
                    constants[name].update({(int, repr(int(v))): int(v) for v in values if isinstance(v, UInt)})
                    fields.setdefault(name, {}).update(dict.fromkeys(selected))
                    asked[name] = asked.get(name, 0) + 1
        return cls({name: [*found.values()] for name, found in constants.items()},
                   {name: [*found] for name, found in fields.items()}, asked, _names(programs))  # fmt: skip

    def texts(self, name: str) -> list[str]:
        """Texts to try for a name."""
        known = [value for value in self.constants.get(name, ()) if isinstance(value, str)]
        begun = [text.partition("/")[0] for text in known if "/" in text]
        return list(dict.fromkeys((*known, *begun, *(f"{text}x" for text in known), _ADDRESS, "text_1", "text_10")))

    def usual(self, name: str) -> Sequence[str]:
        """Texts of an ordinary request: names of the packs, where such are meant."""
        return self.names.get(name) or self.texts(name)

    def slots(self, name: str) -> int:
        """How many elements of a list have to be distinguished."""
        return min(self.asked.get(name, 0) + _SPARE, _MAX_SLOTS)

    def table(self, name: str, kind: str) -> list[Any]:
        """Values of a kind that is not encoded."""
        known = [value for value in self.constants.get(name, ()) if value is not None]
        fields = self.fields.get(name, ())
        inner = [*known, 0, "text_1"]
        maps = [{}, *({field: value} for field in fields for value in inner)]
        found: list[Any] = [
            *known,
            _ADDRESS,
            _NETWORK,
            b"bytes_1",
            *maps,
            (),
            *((each,) for each in (*known, _NETWORK)),
        ]
        made = []
        for value in found:
            frozen = _frozen(value)
            if frozen is not None and frozen[0] not in made and (kind == "table" or conforms(frozen[0], kind)):
                made.append(frozen[0])
        if kind == "table":
            return [value for value in made if not isinstance(value, str | bool | int | float)]
        return made


def _names(programs: Iterable[Program]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for program in programs:
        for declared in program.types.resource.values():
            for attribute, kind in declared.items():
                if word_of(kind) in VOCABULARIES:
                    known = found.setdefault(f"resource.{attribute}", {})
                    known.update(dict.fromkeys(sorted(names_of(program, word_of(kind)))))
    return {name: [*listed] for name, listed in found.items()}


def _frozen(value: Any) -> tuple[Any] | None:
    """A value as a host's arrives; None for one that no request holds."""
    try:
        found = freeze(value, "a value")
    except RequestError:
        return None
    return (found,) if found == value or isinstance(value, dict) else None


def _clauses(expr: Expr) -> Iterable[Expr]:
    """The parts of a condition that are no connectives."""
    if isinstance(expr, Call) and expr.function in (ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL):
        for part in ex.children(expr):
            yield from _clauses(part)
    else:
        yield expr
        if isinstance(expr, Macro):
            yield from (part for part in expr.body if isinstance(part, Call))
