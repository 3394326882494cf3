"""Everything that is proved about a pack: its invariants, the built-in claims, and which rules are idle."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from scopeguard.analysis.dead_names import dead_names
from scopeguard.analysis.firing import idle
from scopeguard.analysis.invariants import Worlds, verify
from scopeguard.analysis.proofs import CLAIMS, prove
from scopeguard.analysis.violations import VIOLATED, Violation
from scopeguard.checking.ignores import without_ignored
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, quoted
from scopeguard.runtime.engine import Engine

BUILT_IN: Final[Mapping[str, str]] = MappingProxyType({name: says for name, (says, _) in CLAIMS.items()})
"""By name, what each built-in claim says."""
_BROKEN: Final = "SG606"


def claims(
    engine: Engine, names: Iterable[str], paths: Sequence[str]
) -> Iterator[tuple[str, str, tuple[Diagnostic, ...]]]:
    """Each invariant of the pack at *paths*, and each built-in claim of *names*: name, meaning, what is wrong."""
    broken: dict[str, list[Diagnostic]] = {}
    for violation in verify(engine):
        broken.setdefault(violation.invariant, []).append(violation.of(paths).diagnostic)
    for invariant in engine.program.invariants:
        yield invariant.id, invariant.because or "an invariant of the pack", tuple(broken.get(invariant.id, ()))
    for proof in prove(engine, names):
        yield proof.name, proof.says, tuple(_built_in(each.of(paths)) for each in proof.violations)


def warnings(pack: Pack, engine: Engine) -> Iterator[Diagnostic]:
    """The rules that are idle, the parts of conditions that make no difference, and the names that are dead.

    Without those that a comment sets aside.
    """
    worlds = Worlds(engine)
    return iter(without_ignored([*idle(worlds), *dead_names(pack, worlds)], pack.documents, proved=True))


def _built_in(violation: Violation) -> Diagnostic:
    """The finding about a built-in claim, which no line of the pack makes."""
    found = violation.diagnostic
    message = found.message.replace(f"invariant {quoted(violation.invariant)}", violation.invariant)
    return replace(found, code=_BROKEN if found.code == VIOLATED else found.code, message=message)


__all__ = ["BUILT_IN", "claims", "warnings"]
