"""Values that stand for all others: for each name, those that the conditions can tell apart.

Names that are compared with each other share one pool of values: the constants they are compared with, between and
around them as many more as there are names, and as many that none of the constants is.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, combinations
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.environment import ABSENT, conforms
from scopeguard.errors import RequestError
from scopeguard.limits import MAX_IDENTIFIER
from scopeguard.model.input_validation import freeze
from scopeguard.semantics.timestamps import Duration, Timestamp
from scopeguard.syntax.expression import UInt
from scopeguard.verifying.atoms import AN_ADDRESS, NUMBERS, Comparison, Sight
from scopeguard.verifying.lines import moments, numbers, spans

_MARKS: Final = "_0123456789zyxwvutsrqponmlkjihgfedcba"
"""What may follow a beginning, where none of the texts has it."""
_STARTS: Final = "abcdefghijklmnopqrstuvwxyzA0~"
"""With what a text may begin where its usual word begins as a constant does."""
_MAX_LISTED: Final = 5
"""Values of which every set is tried as a list."""
_MAX_PREFIX: Final = MAX_IDENTIFIER - 8
"""Characters of a beginning that leave room for what it is gone on with."""
_ANY_NUMBER: Final = frozenset({"int", "double"})
"""Kinds of numbers where no type is declared; a host has no others."""

_FRESH: Final[Mapping[str, str]] = MappingProxyType({
    "id": "id", "workspace": "ws", "channel": "elsewhere", "environment": "another",
})  # fmt: skip
"""What a made-up text begins with, by the last part of a name, so that witnesses read well."""


@dataclass(slots=True)
class Pool:
    """What one group of names is compared with."""

    names: dict[str, str] = field(default_factory=dict)
    """With their types."""
    constants: dict[tuple[type, str], Any] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    guessed: bool = False

    def add(self, comparison: Comparison, kind: Callable[[str], str]) -> None:
        """Take in one comparison. *kind* tells the type of a name."""
        self.names.update((name, kind(name)) for name in comparison.names)
        self.fields.update(comparison.fields)
        self.guessed = self.guessed or comparison.guessed
        if comparison.prefix:
            self.prefixes.update(comparison.constants)
        else:
            self.constants.update({(type(value), repr(value)): value for value in comparison.constants})

    def merge(self, other: "Pool") -> None:
        """Take in another pool."""
        self.names |= other.names
        self.constants |= other.constants
        self.prefixes |= other.prefixes
        self.fields |= other.fields
        self.guessed = self.guessed or other.guessed

    def of(self, *kinds: type) -> list[Any]:
        """The constants of exactly these classes."""
        return [value for value in self.constants.values() if type(value) in kinds]

    def texts(self) -> list[str]:
        """Every constant, and texts that are none, also such as begin as some constant does."""
        known = {*self.of(str), *self.prefixes}
        made = self.made_up
        longer = [f"{text}x" for text in (*made, *known)] if self.guessed else []
        mark = self.mark or ""
        prefixed = (f"{text}{mark}{number}" for text in sorted(self.prefixes) for number in range(len(self.names)))
        return [*made, *sorted(known), *prefixed, *sorted(longer)]

    @property
    def made_up(self) -> list[str]:
        """Texts that are no constant and begin as none does."""
        last = min(self.names, default="").rpartition(".")[2]
        return _made_up(_FRESH.get(last, "text"), {*self.of(str), *self.prefixes}, self.prefixes, len(self.names))

    @property
    def mark(self) -> str | None:
        """A character of none of the texts, so that a text that goes on with it begins as no other does."""
        taken = {char for text in (*self.of(str), *self.prefixes) for char in text}
        return next((char for char in _MARKS if char not in taken), None)

    def numbers(self, kind: str) -> list[Any]:
        """Numbers of one kind: the constants, and those between and around them."""
        constants = [*self.of(int, float), *map(int, self.of(UInt))]
        kinds = frozenset(chain.from_iterable(self.numeric)) if len(self.numeric) > 1 else ()
        return numbers(kind, constants, kinds, len(self.names))

    @property
    def numeric(self) -> list[frozenset[str]]:
        """The kinds of numbers that each of the names may hold, for those that hold any."""
        found = (_ANY_NUMBER if kind == "dyn" else NUMBERS & {kind} for kind in map(_element, self.names.values()))
        return [kinds for kinds in found if kinds]

    def times(self) -> list[datetime]:
        """Moments: the constants, and those between and around them."""
        return moments(self.of(datetime, Timestamp), len(self.names))

    def durations(self) -> list[timedelta]:
        """Durations: the constants, and those between and around them."""
        return spans(self.of(timedelta, Duration), len(self.names))

    def blobs(self) -> list[bytes]:
        """The constants, and bytes that are none of them."""
        known = {value.decode("latin-1") for value in self.of(bytes)}
        return [*self.of(bytes), *(text.encode() for text in _made_up("bytes", known, (), len(self.names)))]

    def anything(self) -> list[Any]:
        """Values of every type that can be told apart, where no type is declared."""
        found = dict.fromkeys([*self.numbers("int"), *self.numbers("double")])
        others = set(map(_element, self.names.values()))
        times = self.times() if "timestamp" in others or self.of(datetime, Timestamp) else []
        durations = self.durations() if "duration" in others or self.of(timedelta, Duration) else []
        blobs = self.blobs() if "bytes" in others or self.of(bytes) else []
        return [*self.texts(), *found, True, False, *times, *durations, *blobs, None, (), *self.maps()]

    def maps(self) -> list[Mapping[str, Any]]:
        """An empty map, and maps that have a field that is asked for."""
        inner = [*self.constants.values(), 0, "text_1"] if self.fields else []
        return [
            MappingProxyType({}),
            *(MappingProxyType({name: value}) for name in sorted(self.fields) for value in inner),
        ]

    def elements(self, kind: str) -> list[Any]:
        """What a list of one type may hold."""
        return [value for value in self.values(_element(kind)) if conforms(value, _element(kind)) and _is_let_in(value)]

    def values(self, kind: str) -> list[Any]:
        """The values of one type."""
        if kind.startswith("list("):
            elements = self.elements(kind)[:_MAX_LISTED]
            sets = (combinations(elements, size) for size in range(len(elements) + 1))
            return list(chain.from_iterable(sets))
        if kind.startswith("map("):
            return self.maps()
        match kind:
            case "int" | "uint" | "double":
                return self.numbers(kind)
            case "bool":
                return [True, False]
            case "string":
                return list(self.texts())
            case "timestamp":
                return list(self.times())
            case "duration":
                return list(self.durations())
            case "bytes":
                return list(self.blobs())
            case "ip" | "cidr":
                # Which of them are addresses or networks, those sort out who know what a request may hold.
                return [AN_ADDRESS, *self.texts()]
        return self.anything()


def _made_up(word: str, known: Collection[str], prefixes: Collection[str], count: int) -> list[str]:
    """*count* texts that are none of *known* and begin as none of *prefixes*; fewer where there is no way to begin."""
    begun = [prefix for prefix in prefixes if prefix]
    found: list[str] = []
    for start in (word, *_STARTS):
        for number in range(1, len(known) + count + 1):
            text = f"{start}_{number}"
            if len(found) < count and text not in known and not any(map(text.startswith, begun)):
                found.append(text)
    return found


def _element(kind: str) -> str:
    """The type of what a list holds; of anything else its own."""
    return kind.removeprefix("list(").removesuffix(")") if kind.startswith("list(") else kind


def _is_let_in(value: Any) -> bool:
    """Whether the boundary takes a value as it is: any other is in no request."""
    try:
        return bool(freeze(value, "a value") == value)
    except RequestError:
        return False


@dataclass(frozen=True, slots=True)
class Values:
    """The values to try for every name of some conditions."""

    sight: Sight
    pools: Mapping[str, Pool]
    made: dict[str, list[Any]] = field(default_factory=dict, compare=False, repr=False)
    """What was asked for before."""

    @classmethod
    def of(cls, sight: Sight, comparisons: Iterable[Comparison]) -> "Values":
        """Pools for all that *comparisons* compare, together where they compare the same names."""
        pools: dict[str, Pool] = {}
        for comparison in comparisons:
            whole = Pool()
            whole.add(comparison, sight.kind)
            for name in comparison.names:
                if name in pools and pools[name] is not whole:
                    whole.merge(pools[name])
            pools.update(dict.fromkeys(whole.names, whole))
        return cls(sight, MappingProxyType(pools))

    @property
    def tangled(self) -> frozenset[str]:
        """Names of pools that do not stand for all values: too long texts or lists, or kinds of numbers that mix."""
        return frozenset(name for name, pool in self.pools.items() if _is_tangled(pool))

    def to_try(self, name: str) -> list[Any]:
        """What to try for *name*: absence first."""
        if name not in self.made:
            kind = self.sight.kind(name)
            pool = self.pools.get(name) or Pool({name: kind})
            found = [value for value in pool.values(kind) if conforms(value, kind) and _is_let_in(value)]
            self.made[name] = [ABSENT, *found]
        return self.made[name]


def _is_tangled(pool: Pool) -> bool:
    if pool.prefixes and (pool.mark is None or len(pool.made_up) < len(pool.names)):
        return True
    # What goes on from a long beginning may be longer than an id can be.
    if any(len(prefix) > _MAX_PREFIX for prefix in pool.prefixes):
        return True
    if any(len(pool.elements(kind)) > _MAX_LISTED for kind in pool.names.values() if kind.startswith("list(")):
        return True
    return len(pool.numeric) > 2 and len(frozenset(chain.from_iterable(pool.numeric))) > 1
