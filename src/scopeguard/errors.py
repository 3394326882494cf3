"""The exception tree and the diagnostics it carries.

    ScopeguardError
    ├── PolicyError      a pack, a scope expression or a condition that cannot be used
    ├── RequestError     a malformed question: wrong Python type, control characters, NaN
    ├── EvaluationError  an expression that has no value for its variables
    └── AccessDenied     what ``Guard.authorize`` raises, of ``model.access_denied``

Wording of every message: lower case, no final period, user text in double quotes, one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

from msgspec import Struct

from scopeguard.documentation import diagnostic_url
from scopeguard.misspellings import alike, only_reading
from scopeguard.source import Location
from scopeguard.synonyms import meant


def pass_on_limit(error: Exception) -> None:
    """Raise *error* again where no operating system raised it: a host's time limit is an OSError without a number."""
    if isinstance(error, OSError) and error.errno is None:
        raise error


class Severity(StrEnum):
    """Whether a finding stops a pack from loading."""

    ERROR = "error"
    WARNING = "warning"


class Correction(Struct, frozen=True, gc=False):
    """What to write in a file in the place of the text *written* there, where nothing else can be meant."""

    line: int
    column: int
    written: str
    replacement: str

    def to_dict(self) -> dict[str, Any]:
        """Its fields."""
        return {
            "line": self.line,
            "column": self.column,
            "written": self.written,
            "replacement": self.replacement,
        }


class Suggestion(Struct, frozen=True, gc=False):
    """A hint about the text *written*, with its *replacement* where the hint is the only reading, else None."""

    hint: str
    written: str
    replacement: str | None = None

    def __str__(self) -> str:
        return self.hint


Hint: TypeAlias = str | Suggestion | None
"""What a check says about how to fix what it found."""


class Diagnostic(Struct, frozen=True, gc=False):
    """One finding: what is wrong, exactly where, and how to fix it.

    *code* is stable and documented at *url*; *message* says what is wrong in *file*; *severity* whether it stops
    the pack from loading; *line* and *column* count characters from 1; *hint* is what to write
    instead, or None; *related* are other places that matter, each with what is there; *correction* is the edit of
    the file that the hint comes to, where there is only one.
    """

    code: str
    file: str
    line: int
    column: int
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR
    related: tuple[tuple[Location, str], ...] = ()
    """Other places that belong to it, each with what is there: the rule that breaks an invariant."""
    correction: Correction | None = None
    """The edit that corrects it, where the hint has only one reading."""
    DERIVED: ClassVar = ("related", "correction")
    """What compiled packs do not keep: none of their warnings has related places, and there is no file to edit."""

    @classmethod
    def at(
        cls,
        location: Location,
        code: str,
        message: str,
        hint: Hint = None,
        severity: Severity = Severity.ERROR,
        *,
        correction: Correction | None = None,
        related: tuple[tuple[Location, str], ...] = (),
    ) -> Diagnostic:
        """A diagnostic at *location*."""
        said = None if hint is None else str(hint)
        file, line, column = location.file, location.line, location.column
        return cls(code, file, line, column, message, said, severity, related, correction)

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order by place, then by code: the order in which findings are reported."""
        return (self.file, self.line, self.column, self.code, self.message)

    @property
    def url(self) -> str:
        """The address of the entry of the code; the environment variable SCOPEGUARD_DOCS_URL names another site."""
        return diagnostic_url(self.code)

    @property
    def label(self) -> str:
        """The code as it prints: ``SG304``, or ``warning SG304`` where the finding stops nothing."""
        return self.code if self.severity is Severity.ERROR else f"{self.severity.value} {self.code}"

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.label} {self.message}{hint}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON twin of the printed form."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "hint": self.hint,
            "url": self.url,
            "correction": None if self.correction is None else self.correction.to_dict(),
            "related": [{"place": str(place), "text": text} for place, text in self.related],
        }


def documentation_of(diagnostics: Iterable[Diagnostic]) -> dict[str, str]:
    """The address of the documentation of each code among *diagnostics*, in the order of the codes."""
    return {each.code: each.url for each in sorted(diagnostics, key=lambda each: each.code)}


def did_you_mean(word: str, known: Iterable[str]) -> Suggestion | None:
    """A hint such as ``did you mean "agents"?``: what *word* means elsewhere, else what is near; None for neither.

    It has a replacement where that is the only name which *word* can misspell. A word of elsewhere alone has none.
    """
    names = frozenset(known)
    synonyms = [name for name in meant(word) if name in names]
    near = alike(word, names) or synonyms or _near(word, names) or _near(_in_snake_case(word), names)
    if not near:
        return None
    exact = len(synonyms) <= 1 and only_reading(word, names) == near[0]
    return Suggestion(f'did you mean "{near[0]}"?', word, near[0] if exact else None)


def _in_snake_case(word: str) -> str:
    """``graceEnd`` as ``grace_end``, for a name is no nearer for its capitals."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower().replace("-", "_")


def _near(word: str, names: frozenset[str]) -> list[str]:
    """The name that reads most like *word*, by what tells it from the others of its namespace, if any does.

    What two names of one namespace have in common makes neither a misspelling of the other: ``resource.owner`` is none
    of ``resource.id``.
    """
    # Needed where something is wrong, which a service that starts well never sees.
    from difflib import get_close_matches  # noqa: PLC0415  # see above

    left, end = sorted(names, reverse=True), len(word)
    while end:
        end = max(word.rfind(".", 0, end - 1), word.rfind(":", 0, end - 1)) + 1
        shared, rest = word[:end], word[end:]
        by_part: dict[str, str] = {}
        for name in left:
            if name.startswith(shared):
                part = name[end:]
                by_part[part] = by_part[part.partition(".")[0]] = name
                if part.endswith(f".{rest}"):
                    by_part[rest] = name
        # A scope or role on one resource is misspelt before the id, where what is there is no name.
        named = rest.partition("/")[0]
        for part in dict.fromkeys((rest, rest if named in by_part else named)):
            near = get_close_matches(part, by_part, n=1, cutoff=0.7)
            if near:
                return [by_part[near[0]]]
        left = [name for name in left if not name.startswith(shared)]
    return []


def quoted(text: str) -> str:
    """User text as it is shown in a message: double quotes, control characters escaped, at most 80 long."""
    shown = text if len(text) <= 80 else text[:77] + "..."
    escaped = "".join(
        char if char.isprintable() and char not in '"\\' else char.encode("unicode_escape").decode("ascii")
        for char in shown
    )
    return f'"{escaped}"'


def counted(number: int, word: str) -> str:
    """``1 cell``, ``2 cells``."""
    return f"{number} {word}{'' if number == 1 else 's'}"


class ScopeguardError(Exception):
    """Root of everything that this library raises on purpose. All survive ``pickle`` and ``copy``, as they are."""

    def __reduce__(self) -> tuple[Callable[..., ScopeguardError], tuple[Any, ...], dict[str, Any]]:
        # Python would call the constructor with the message.
        return _as_raised, (type(self), self.args), self.__dict__


def _as_raised(kind: type[ScopeguardError], args: tuple[Any, ...]) -> ScopeguardError:
    return kind.__new__(kind, *args)


class PolicyError(ScopeguardError):
    """Policy text that cannot be used; *diagnostics* holds every finding, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(
            sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)
        )
        super().__init__("\n".join(map(str, self.diagnostics)))
        # Shown below a traceback, and no part of the message.
        for code, url in documentation_of(self.diagnostics).items():
            self.add_note(f"{code}: {url}")


class RequestError(ScopeguardError, ValueError):
    """A malformed question. It is never answered, so it can never be allowed."""


class EvaluationError(ScopeguardError):
    """An expression that has no value: a missing key, an overflow, operands that do not fit."""
