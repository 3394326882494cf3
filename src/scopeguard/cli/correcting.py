"""Corrections of policy files: the edits that findings come to, and nothing beside them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scopeguard.cli.writing import replace
from scopeguard.documents.files import CHANGED, list_files
from scopeguard.documents.yaml import read
from scopeguard.errors import Correction, Diagnostic, RequestError, quoted
from scopeguard.shipped import policies
from scopeguard.source import Source
from scopeguard.testing.collecting import Problems, examine

MAX_ROUNDS: Final = 8
"""How often a pack is looked at anew: one correction may uncover the next, as where a file could not be read before."""
_MARK: Final = "\ufeff"
"""A byte order mark, which is no part of the text that findings are about."""
_TWICE: Final = "SG102"
"""The code of a key that a mapping has twice."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that was made; its place is that in the file as it was then."""

    code: str
    file: str
    correction: Correction

    def __str__(self) -> str:
        made = self.correction
        place = f"{self.file}:{made.line}:{made.column}"
        return f"corrected {place}: {self.code} {made.written} -> {made.replacement}"


def correct(paths: Iterable[str], *, with_default: bool) -> tuple[list[Corrected], Problems]:
    """Make every correction in the files of *paths* until there is none; returns them, and what is left.

    Files of the library are left alone. Raises RequestError where a file was changed by somebody else meanwhile.
    """
    given = tuple(paths)
    made: list[Corrected] = []
    for _ in range(MAX_ROUNDS):
        texts = _texts(given)
        problems = examine(given, with_default=with_default)
        round_of_edits = list(_edits(problems.findings, texts))
        if not round_of_edits:
            return made, problems
        for name, path, text, edited, corrections in round_of_edits:
            if _text(path) != text:
                raise RequestError(f"{quoted(name)} {CHANGED}; it is left as it is")
            replace(path, edited.encode("utf-8"))
            made += corrections
    return made, examine(given, with_default=with_default)


def _texts(paths: tuple[str, ...]) -> Mapping[str, tuple[Path, str]]:
    """The files of *paths* that may be edited, by the names that findings have for them."""
    shipped = policies()
    texts: dict[str, tuple[Path, str]] = {}
    for file in (*list_files(paths).files, *list_files(paths, tests=True).files):
        path = Path(file.path)
        text = None if path.is_relative_to(shipped) else _text(path)
        if text is not None:
            texts[file.name] = path, text
    return texts


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _edits(
    findings: Iterable[Diagnostic], texts: Mapping[str, tuple[Path, str]]
) -> Iterator[tuple[str, Path, str, str, list[Corrected]]]:
    """By file its name, path, text, that text with the corrections in it, and these."""
    by_file: dict[str, dict[Correction, Diagnostic]] = {}
    for each in findings:
        if each.correction is not None and each.file in texts:
            by_file.setdefault(each.file, {}).setdefault(each.correction, each)
    for name, found in by_file.items():
        path, text = texts[name]
        source = Source(name, text.removeprefix(_MARK))
        edited, made = _edited(source, _apart(source, found))
        if made:
            mark = text[: len(text) - len(source.text)]
            yield name, path, text, mark + edited, [Corrected(found[each].code, name, each) for each in made]


def _apart(source: Source, corrections: Iterable[Correction]) -> list[Correction]:
    """Those of *corrections* that give no key twice: which of two misspelt ones is meant a person has to say."""
    edited, made = _edited(source, corrections)
    findings = read(Source(source.name, edited)).findings
    twice = {each.message.partition('"')[2].removesuffix('"') for each in findings if each.code == _TWICE}
    apart, moved = [], 0
    for each in made:
        start = source.offset(each.line, each.column) + moved
        end = start + len(each.replacement)
        # Within a key that is there twice now.
        if not any(edited.find(key, max(0, end - len(key)), start + len(key)) >= 0 for key in twice):
            apart.append(each)
        moved += len(each.replacement) - len(each.written)
    return apart


def _edited(source: Source, corrections: Iterable[Correction]) -> tuple[str, list[Correction]]:
    """A text with the corrections that are about it, and these; of two at one place the first."""
    parts: list[str] = []
    made: list[Correction] = []
    end = 0
    for each in sorted(corrections, key=lambda each: (each.line, each.column)):
        start = source.offset(each.line, each.column)
        if start >= end and source.text.startswith(each.written, start):
            parts += source.text[end:start], each.replacement
            end = start + len(each.written)
            made.append(each)
    return "".join([*parts, source.text[end:]]), made
