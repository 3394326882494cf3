"""What codes say to people, and what of it is another thing in another pack."""

from collections.abc import Hashable
from typing import NamedTuple

from scopeguard.compiling.program import ConditionalRemedy, Program
from scopeguard.semantics.source_form import source_text


class Said(NamedTuple):
    """All that a code says but for its name."""

    kind: str | None = None
    status: int | None = None
    title: str | None = None
    challenge: str | None = None
    text: str | None = None
    action: str | None = None
    target: str | None = None
    circumstances: tuple[str, ...] = ()
    meter: str | None = None
    """What the meter is called, where a text names it."""


class Registry:
    """What the codes of a program say."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[tuple[str, str | None], Said] = {}

    def of(self, code: str, meter: str | None = None) -> Said:
        """What a code says, of a *meter* where it is one that denies; nothing where the program does not have it."""
        if (code, meter) not in self._known:
            self._known[code, meter] = self._read(code, meter)
        return self._known[code, meter]

    def _read(self, code: str, meter: str | None) -> Said:
        found = self._program.catalog.codes.get(code)
        if found is None:
            return Said()
        circumstances = tuple(map(_circumstance, self._program.circumstances.get(code, ())))
        counted = self._program.catalog.meters.get(meter or "")
        is_named = any("{meter}" in text for text in (found.remedy or "", *circumstances))
        return Said(
            found.kind,
            found.status,
            found.title,
            found.challenge,
            found.remedy,
            found.action,
            found.target,
            circumstances,
            counted.title if counted is not None and is_named else None,
        )


def _circumstance(each: ConditionalRemedy) -> str:
    remedy = each.remedy
    return f"when {source_text(each.condition)}: {remedy.text} ({remedy.action or '-'} {remedy.target or '-'})"


def difference(code: str, before: Hashable, after: Hashable) -> tuple[str, str]:
    """What of two sayings is not the same, on a line each."""
    one, other = (each if isinstance(each, Said) else Said() for each in (before, after))
    fields = [name for name in Said._fields if getattr(one, name) != getattr(other, name)]
    old, new = (", ".join(f"{name} {_shown(getattr(each, name))}" for name in fields) for each in (one, other))
    return f"{code}: {old}", f"{code}: {new}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
