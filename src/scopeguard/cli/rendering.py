"""How answers look on a terminal and in a file. Colour only on a terminal, and never with NO_COLOR."""

import csv
import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from rich.console import Console
from rich.text import Text

from scopeguard.documents.files import TEST_SUFFIXES
from scopeguard.errors import Diagnostic, Severity, counted, documentation_of
from scopeguard.source import Location

STYLES: Final = {"allow": "green", "deny": "red", "conditional": "yellow", "error": "red", "warning": "yellow"}
MAX_SUMMARIZED: Final = 500
"""Findings in the summary of a job, which is bounded."""
_IN_CSV: Final = ("file", "line", "column", "severity", "code", "message", "hint", "url")
_UNBOUNDED: Final = 10_000
"""Columns where no terminal bounds a line: nothing is cut off or wrapped in a file."""


def console(stream: TextIO | None = None) -> Console:
    """A console that takes text for text: no markup, no highlighting, no wrapping of what goes to a file."""
    file = stream or sys.stdout
    terminal = file.isatty()
    # Colour is for people who look: a variable that forces it must not put escapes into a file. Without colour there
    # is no bold either.
    styled = terminal and not os.environ.get("NO_COLOR")
    return Console(
        file=file,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if terminal else _UNBOUNDED,
        color_system="auto" if styled else None,
    )


def printable(text: str) -> str:
    """*text* without anything that could steer a terminal; line feeds stay."""
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)


def print_styled(text: str, style: str = "", *, stream: TextIO | None = None) -> None:
    """Print *text*, its first word in *style*."""
    shown = Text(printable(text))
    if style:
        shown.stylize(style, 0, len(shown.plain.split(" ", 1)[0].split("\n", 1)[0]))
    console(stream).print(shown, soft_wrap=True)


def write_raw(text: str) -> None:
    """Write *text* as it is; a full disk or a closed pipe is met here, and not when the process ends."""
    sys.stdout.write(text)
    sys.stdout.flush()


def say_json(data: Any) -> None:
    """Print *data* as JSON, in ASCII, so that no terminal and no encoding can alter it."""
    write_raw(json.dumps(data, indent=2, ensure_ascii=True) + "\n")


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Findings, one a line, the documentation of each code once, and how many findings there are."""
    for each in diagnostics:
        place, _, rest = str(each).partition(f": {each.label} ")
        line = Text.assemble(printable(place), ": ", (each.label, STYLES[each.severity.value]), f" {printable(rest)}")
        console().print(line, soft_wrap=True)
    show_documentation(diagnostics)
    print_styled(summary(diagnostics))


def show_documentation(diagnostics: Sequence[Diagnostic], *, stream: TextIO | None = None) -> None:
    """The address of the documentation of each code, once."""
    for code, url in documentation_of(diagnostics).items():
        print_styled(f"{code}: {url}", stream=stream)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many findings there are, in words."""
    errors = sum(each.severity is Severity.ERROR for each in diagnostics)
    return f"{counted(errors, 'error')}, {counted(len(diagnostics) - errors, 'warning')}"


def not_loaded(diagnostics: Sequence[Diagnostic]) -> str:
    """What does not load, and how many findings there are: where only files of tests have any, it is the tests."""
    only_tests = all(each.file.endswith(TEST_SUFFIXES) for each in diagnostics)
    return f"{'the tests do' if only_tests else 'the pack does'} not load: {summary(diagnostics)}"


def show_diagnostics_as_json(diagnostics: Sequence[Diagnostic]) -> None:
    """Findings as a JSON list."""
    say_json([each.to_dict() for each in diagnostics])


def show_diagnostics_to_github(diagnostics: Sequence[Diagnostic], command: str) -> None:
    """Findings as annotations of a workflow of GitHub Actions, and in the summary of its job, by what found them."""
    write_raw("".join(f"{github(each)}\n" for each in diagnostics))
    write_job_summary(command, diagnostics)


def show_diagnostics_as_csv(diagnostics: Sequence[Diagnostic]) -> None:
    """Findings as a table in CSV, one a line."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    told = [{key: each.to_dict()[key] for key in _IN_CSV} for each in diagnostics]
    writer.writerows([_IN_CSV, *(each.values() for each in told)])
    sys.stdout.flush()


def write_job_summary(title: str, findings: Sequence[Diagnostic]) -> None:
    """Add a table of findings to the summary of a job of GitHub Actions, where there is one."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    with Path(file).open("a", encoding="utf-8") as summaries:
        summaries.write(markdown(title, findings[:MAX_SUMMARIZED], summary(findings)) + "\n")


def markdown(title: str, findings: Sequence[Diagnostic], told: str) -> str:
    """A heading with what is *told* of findings, and a table of them."""
    lines = [f"### {title}: {told}", ""]
    if findings:
        lines += ["| where | code | what |", "|---|---|---|"]
        lines += [
            f"| {cell(f'{each.file}:{each.line}')} | [{each.code}]({each.url}) | {cell(each.message)} |"
            for each in findings
        ]
    return "\n".join([*lines, ""])


def github(diagnostic: Diagnostic) -> str:
    """A finding as a workflow command of GitHub Actions, which makes a link of the address on the line below."""
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    place = Location(diagnostic.file, diagnostic.line, diagnostic.column)
    return annotation(diagnostic.severity, place, diagnostic.code, f"{diagnostic.message}{hint}\n{diagnostic.url}")


def annotation(severity: Severity, place: Location, title: str, text: str) -> str:
    """A workflow command of GitHub Actions that shows *text* beside a line of a file."""
    return workflow_command(severity.value, place, title, text)


def workflow_command(level: str, place: Location | None, title: str, text: str) -> str:
    """A workflow command of a level: ``error``, ``warning`` or ``notice``; without a place it is of no file."""
    at = ""
    if place is not None:
        at = f"file={_property(place.file)},line={place.line},col={place.column},"
    return f"::{level} {at}title={_property(title)}::{_escaped(text)}"


def shell_word(text: str) -> str:
    """*text* as one word of a shell."""
    return shlex.quote(text)


def cell(text: str) -> str:
    """*text* as code in a cell of a table of Markdown, which ends at a bar or a line feed."""
    escaped = printable(text).replace("\n", " ").replace("|", "\\|").replace("`", "'")
    return f"`{escaped}`"


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
