"""Which requests get another remedy, title or status by a denial that has the same code in both packs."""

from collections.abc import Callable, Iterator, Sequence

from scopeguard.analysis.diffing.answers import Reason
from scopeguard.analysis.diffing.registry import Said
from scopeguard.analysis.logic import Bool, Truth, conj, disj, neg
from scopeguard.compiling.program import Program
from scopeguard.model.decision import Remedy
from scopeguard.syntax.expression import Expr

Encode = Callable[[Expr], Truth]
_OF_EVERY_REQUEST = ("kind", "status", "title", "challenge")


def told_otherwise(reasons: tuple[Reason, Reason], programs: Sequence[Program], encodes: Sequence[Encode]) -> Bool:
    """Where two reasons differ in what they say to people alone: which requests hear the difference; else all."""
    before, after = reasons
    one, other = before.says, after.says
    is_only_said = (before.code, before.needed) == (after.code, after.needed)
    if not is_only_said or not isinstance(one, Said) or not isinstance(other, Said) or one == other:
        return True
    if is_of_every_request(before, after):
        return True
    was, now = (
        list(_heard(program, before.code, said.meter, encode))
        for program, said, encode in zip(programs, (one, other), encodes, strict=True)
    )
    return disj(conj((here, there)) for here, text in was for there, others in now if text != others)


def is_of_every_request(before: Reason, after: Reason) -> bool:
    """Whether what two reasons say to people differs in what no circumstance changes."""
    return any(getattr(before.says, name, None) != getattr(after.says, name, None) for name in _OF_EVERY_REQUEST)


def _heard(program: Program, code: str, meter: str | None, encode: Encode) -> Iterator[tuple[Bool, Remedy | None]]:
    """What is heard under which condition, of the circumstances the first that fits."""
    before: Bool = True
    for each in program.circumstances.get(code, ()):
        fits = encode(each.condition).true
        yield conj((before, fits)), _named(each.remedy, meter)
        before = conj((before, neg(fits)))
    found = program.catalog.codes.get(code)
    own = None if found is None or found.remedy is None else Remedy(found.remedy, found.action, found.target)
    yield before, own and _named(own, meter)


def _named(remedy: Remedy, meter: str | None) -> Remedy:
    return Remedy(remedy.text.replace("{meter}", meter or "{meter}"), remedy.action, remedy.target)
