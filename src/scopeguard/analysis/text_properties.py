"""What is asked of texts beside which ones they are: each property by itself, and texts that may have several."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import Any, Final

from scopeguard.analysis.roles_on_one import ELSE
from scopeguard.analysis.solver import z3
from scopeguard.limits import MAX_IDENTIFIER
from scopeguard.model.grant import MAX_ID, is_id, start_of
from scopeguard.model.held_roles import is_binding
from scopeguard.model.input_validation import is_name
from scopeguard.model.narrowing import named_in

_MARKS: Final = "_0123456789zyxwvutsrqponmlkjihgfedcbaA~é "


@dataclass(frozen=True)
class Property:
    """Something that may be asked of a text by itself.

    *pattern* says it to the solver's theory of strings, which is only asked about one text at a time.
    """

    name: str
    holds: Callable[[str], bool]
    pattern: Callable[[Any], Any]
    parts: tuple[str, ...] = ()
    """What to put at the beginning and in the middle and at the end of a text in order to have it."""
    examples: tuple[str, ...] = ()
    """Texts that have it."""


def starting(text: str) -> Property:
    """Beginning with *text*."""
    return Property(
        f"starts {text}", lambda found: found.startswith(text), lambda it: z3.PrefixOf(text, it), (text, "", "")
    )


def ending(text: str) -> Property:
    """Ending with *text*."""
    return Property(
        f"ends {text}", lambda found: found.endswith(text), lambda it: z3.SuffixOf(text, it), ("", "", text)
    )


def containing(text: str) -> Property:
    """Containing *text*."""
    return Property(f"contains {text}", lambda found: text in found, lambda it: z3.Contains(it, text), ("", text, ""))


_LOWER: Final = z3.Range("a", "z"), z3.Range("0", "9"), z3.Re("_")
SPELLABLE: Final = Property(
    "id of a scope",
    lambda found: is_id(found) is not None,
    lambda it: z3.InRe(it, z3.Loop(z3.Union(*_LOWER, z3.Range("A", "Z"), *map(z3.Re, ".~-")), 1, MAX_ID)),
)
A_NAME: Final = Property(
    "name",
    is_name,
    lambda it: z3.InRe(it, z3.Concat(_LOWER[0], z3.Loop(z3.Union(*_LOWER), 0, MAX_IDENTIFIER - 1))),
)
_WORD: Final = z3.Concat(_LOWER[0], z3.Loop(z3.Union(*_LOWER), 0, 47))
A_BINDING: Final = Property(
    "role on one resource",
    lambda found: is_binding(found) is not None,
    lambda it: z3.InRe(it, z3.Concat(_WORD, z3.Re("/"), _WORD, z3.Re(":"), z3.Loop(z3.Union(*_LOWER), 1, MAX_ID))),
)
AN_ID: Final = Property(
    "identifier",
    lambda found: 0 < len(found) <= MAX_IDENTIFIER and found.isprintable(),
    lambda it: z3.And(z3.Length(it) > 0, z3.Length(it) <= MAX_IDENTIFIER),
)


def bound_to(named: str) -> Property:
    """Being a role on one resource of the surface *named*."""
    start = f"/{named}:"
    return Property(
        f"role on one of {named}",
        lambda found: is_binding(found) is not None and start_of(found).endswith(start),
        lambda it: z3.InRe(
            it,
            z3.Concat(
                _WORD, z3.Re(start), z3.Loop(z3.Union(*_LOWER, z3.Range("A", "Z"), *map(z3.Re, ".~-")), 1, MAX_ID)
            ),
        ),
    )


def among(entries: Sequence[str]) -> Property:
    """Being in one of :data:`scopeguard.analysis.roles_on_one.Lists`."""
    begun = frozenset(each for each in entries if not each.startswith(ELSE))
    others = frozenset(each.removeprefix(ELSE) for each in entries if each.startswith(ELSE))

    def holds(text: str) -> bool:
        return is_binding(text) is not None and (start_of(text) in begun) is not (text in others)

    def pattern(it: object) -> object:
        there = z3.Or(
            *(z3.And(z3.PrefixOf(start, it), bound_to(named_in(start) or "").pattern(it)) for start in sorted(begun))
        )
        return z3.Xor(there, z3.Or(*(it == z3.StringVal(text) for text in sorted(others))))

    digest = sha256(repr(entries).encode()).hexdigest()[:16]
    return Property(f"in the list {digest}", holds, pattern, examples=tuple(_examples(begun, others)))


def _examples(begun: frozenset[str], others: frozenset[str]) -> Iterator[str]:
    yield from sorted(others)
    yield from (f"{start}id_{number}" for number, start in product((2, 3, 4, 1), sorted(begun)))


def candidates(word: str, wanted: Sequence[Property], size: int | None) -> Iterator[str]:
    """Texts that begin and end as wanted and have the rest of it between."""
    start = max((each.parts[0] for each in wanted if each.parts), key=len, default="")
    end = max((each.parts[2] for each in wanted if each.parts), key=len, default="")
    middle = "".join(each.parts[1] for each in wanted if each.parts)
    examples = [text for each in wanted for text in each.examples]
    yield from examples
    if end.startswith("/"):
        # A role on one resource.
        yield from (f"{text.partition('/')[0]}{end}" for text in (*examples, start or "any"))
    words = (
        [""] if start or end or middle else [word, f"the_{word}", "text", "x", "A", "~", "é", " ", "former/things:x"]
    )
    yield from (f"{start}{middle}{end}",) if start or end or middle else ()
    for each, mark, number in product(words, ["_", *_MARKS], range(1, 6)):
        text = f"{start}{each}{mark}{number}{middle}{end}"
        yield text
        if size is not None:
            pad = size - len(start) - len(middle) - len(end)
            if pad >= 0:
                yield f"{start}{(each + mark + str(number) + mark * pad)[:pad]}{middle}{end}"
                yield f"{start}{(str(number) + mark * pad)[:pad]}{middle}{end}"
    yield from (f"{start}{'_' * number}{middle}{end}" for number in range(1, 4))


def contradicting(wanted: Sequence[tuple[Property, bool]]) -> list[tuple[Property, bool]]:
    """Some of *wanted* that no text has together, where a list of roles on one resource tells; else none of them.

    All such roles are as one of its examples to whatever does not look into their ids.
    """
    examples = dict.fromkeys(text for asked, _ in wanted for text in asked.examples)
    ends = [asked.parts[2] for asked, _ in wanted if asked.parts and asked.parts[2].startswith("/")]
    texts = [*examples, *(f"{text.partition('/')[0]}{end}" for text in examples for end in ends)]

    def are_together(some: Sequence[tuple[Property, bool]]) -> bool:
        is_listed = any(has and asked.examples for asked, has in some)
        return not is_listed or any(all(asked.holds(text) is has for asked, has in some) for text in texts)

    guilty = list(wanted)
    for each in wanted:
        rest = [other for other in guilty if other is not each]
        guilty = guilty if are_together(rest) else rest
    looks_inside = any(asked.parts and not asked.parts[2].startswith("/") for asked, _ in guilty)
    return [] if looks_inside or are_together(guilty) else guilty
