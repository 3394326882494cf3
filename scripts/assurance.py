"""Which of the command's verbs notices which edit of the shipped pack: the table of docs/explanation/assurance.md.

``python -m scripts.assurance`` asks all of them about every edit, which takes some minutes, writes the answers beside
the page, and the table into it; with names of edits it asks about these alone.
"""

import io
import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest import mock

from scopeguard.cli import main
from scopeguard.documents.loading import read_pack
from scopeguard.documents.pack import Pack
from scopeguard.errors import counted
from scopeguard.shipped import default_pack
from scopeguard.testing.mutants import Mutant, mutants
from tests.unit.analysis.edits import EDITS, Case

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "assurance.md"
ANSWERS: Final = PAGE.with_suffix(".json")
VERBS: Final = ("lint", "invariants", "matrix", "tests", "diff")
_FROM, _TO = "<!-- made by scripts/assurance.py -->\n", "<!-- until here -->"
_CHANGED: Final = re.compile(r": \d+ cells, (?P<what>.*?); ")
_INVARIANT: Final = re.compile(r'invariant "([^"]+)"')

Answer = Mapping[str, Any]
"""By verb what it says of an edit; nothing where it says what it says of the pack without."""


def ask(case: Case) -> Answer:
    """What each verb says of one edit."""
    with TemporaryDirectory() as folder:
        edited = Path(folder, "pack")
        shutil.copytree(default_pack(), edited)
        file = edited / case.file
        file.write_text(file.read_text(encoding="utf-8").replace(case.find, case.put, 1), encoding="utf-8")
        findings = json.loads(_said("lint", str(edited), "--format", "json"))
        broken = [each for each in findings if each["code"].startswith("SG60")]
        return {
            "lint": sorted({each["code"] for each in findings if each not in broken}),
            "invariants": sorted({_INVARIANT.findall(each["message"])[0] for each in broken}),
            "matrix": _matrix(edited),
            "tests": _tests(edited),
            "diff": _diff(edited),
            "mutate": _operator(case, edited),
        }


def _said(*arguments: str) -> str:
    said = io.StringIO()
    with (
        redirect_stdout(said), redirect_stderr(io.StringIO()),
        mock.patch.object(sys, "argv", ["scopeguard", *arguments]),
    ):  # fmt: skip
        try:
            main()
        except SystemExit as left:
            return said.getvalue() if left.code in (0, 1) else ""
    raise AssertionError("the command leaves by SystemExit")


def _matrix(edited: Path) -> str:
    golden = edited / "matrix.md"
    recorded = re.search(r"(?m)^    scopeguard matrix (.*)$", golden.read_text(encoding="utf-8"))
    assert recorded is not None
    said = _said("matrix", str(edited), *shlex.split(recorded[1]), "--golden", str(golden))
    changed = _CHANGED.search(said)
    if changed is None:
        return "tests do not load"
    return "" if changed["what"] == "no difference" else changed["what"]


def _tests(edited: Path) -> int | str:
    said = _said("test", str(edited), "--format", "json")
    return json.loads(said)["failed"] if said else "do not load"


def _diff(edited: Path) -> Mapping[str, int]:
    counts: dict[str, int] = json.loads(_said("diff", default_pack(), str(edited), "--format", "json"))["counts"]
    return {aspect: number for aspect, number in counts.items() if number}


def _operator(case: Case, edited: Path) -> str:
    """The operator of ``mutate`` that makes this very edit; empty where none does."""
    after = _content(read_pack(str(edited))[0], case.file)
    pack, made = _mutants()
    return next(
        (
            mutant.operator
            for mutant in made
            if Path(mutant.document.file).name == case.file and _content(mutant.pack(pack), case.file) == after
        ),
        "",
    )


@cache
def _mutants() -> tuple[Pack, Sequence[Mutant]]:
    pack = read_pack(default_pack())[0]
    return pack, tuple(mutants(pack))


def _content(pack: Pack, file: str) -> object:
    """What a file of a pack says, whatever the order of its lists."""
    (content,) = (document.content for document in pack.documents if Path(document.file).name == file)
    return _unordered(content.model_dump())


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unordered(each) for key, each in value.items()}
    return sorted(map(_unordered, value), key=repr) if isinstance(value, list) else value


def table(answers: Mapping[str, Answer]) -> str:
    """The table of the page."""
    lines = [
        "| edit | lint | invariants | golden matrix | tests | diff | mutate makes it |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in EDITS:
        answer = answers[case.name]
        tests = answer["tests"]
        cells = (
            ", ".join(answer["lint"]),
            ", ".join(f"`{each}`" for each in answer["invariants"]),
            answer["matrix"],
            tests if isinstance(tests, str) else counted(tests, "cell") if tests else "",
            ", ".join(f"{number} {aspect}" for aspect, number in answer["diff"].items()),
            answer["mutate"] and f"`{answer['mutate']}`",
        )
        name = case.name.replace("|", "\\|")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _totals(answers)]) + "\n"


def _totals(answers: Mapping[str, Answer]) -> str:
    notable = [answer for answer in answers.values() if answer["diff"]]
    told = ", ".join(f"{name} {sum(bool(answer[name]) for answer in notable)}" for name in VERBS)
    alone = sum(not any(answer[name] for name in VERBS if name != "diff") for answer in notable)
    return (
        f"Of {len(answers)} edits {len(notable)} change an answer. By column, so many of these are noticed: {told}. "
        f"By `diff` alone: {alone}."
    )


def page(answers: Mapping[str, Answer]) -> str:
    """The page with the table of *answers* in it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_FROM)
    _, _, after = rest.partition(_TO)
    return f"{before}{_FROM}\n{table(answers)}\n{_TO}{after}"


def known() -> dict[str, Answer]:
    """The answers beside the page."""
    answers: dict[str, Answer] = json.loads(ANSWERS.read_text(encoding="utf-8")) if ANSWERS.exists() else {}
    return answers


def write(names: Iterable[str]) -> None:
    """Ask about the edits of these names, or about all, and write the page."""
    chosen = frozenset(names)
    answers = known()
    for case in EDITS:
        if not chosen or case.name in chosen:
            answers[case.name] = ask(case)
            in_order = {each.name: answers[each.name] for each in EDITS if each.name in answers}
            ANSWERS.write_text(json.dumps(in_order, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(answers), encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1:])
