"""Results as text, JSON and a page: what is printed, and what is written between the markers of the page."""

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.targets import Verdict, judge
from benchmarks.timing import OURS, Figure, Spread

BEGIN, END = "<!-- measured -->", "<!-- end of what is measured -->"


@dataclass(frozen=True, slots=True)
class Results:
    """The figures of one run by the part of it, what has none and why, and the versions of what was measured."""

    parts: Mapping[str, Sequence[Figure]]
    absent: Mapping[str, str]
    versions: Mapping[str, str]
    python: str = platform.python_version()
    system: str = f"{platform.system()} {platform.machine()}"

    @property
    def figures(self) -> list[Figure]:
        """All figures, in order."""
        return [figure for part in self.parts.values() for figure in part]

    @property
    def verdicts(self) -> list[Verdict]:
        """Each target, reached or not."""
        return judge(self.figures)

    def by_workload(self) -> dict[str, list[Figure]]:
        """The figures of each workload, in order."""
        found: dict[str, list[Figure]] = {}
        for figure in self.figures:
            found.setdefault(figure.workload, []).append(figure)
        return found

    def over(self, older: "Results", order: Sequence[str]) -> "Results":
        """These, and the parts of *older* that were not measured again, in *order*. ValueError for another Python's."""
        if (self.python, self.system) != (older.python, older.system):
            raise ValueError(f"the page has figures of Python {older.python} on {older.system}: measure all parts")
        parts = {**older.parts, **self.parts}
        return replace(
            self,
            parts={title: parts[title] for title in order if title in parts},
            absent={**older.absent, **self.absent},
            versions={**older.versions, **self.versions},
        )

    def to_json(self) -> str:
        """Plain data."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def of_json(cls, text: str) -> "Results":
        """The results that :meth:`to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        parts = {title: [_figure(each) for each in part] for title, part in data.pop("parts").items()}
        return cls(parts, **data)


def _figure(data: dict[str, Any]) -> Figure:
    return Figure(**{**data, "value": Spread(**data["value"]), "ratio": Spread(**data["ratio"])})


SUMMARY = (
    ("a check, the principal is known", "mixed"),
    ("a check, the principal is built for the request", "principal built"),
    ("a check with facts", "gate"),
    ("worst case of facts: they are missing or too old", "gate, facts missing or too old"),
    (
        "worst case of keys: a narrowed one of 100,000, never seen before",
        "keys, a third narrowed to one agent's, first and only",
    ),
)
"""What the page begins with: five numbers, the worst cases among them."""

PLACES = ((100, 0), (10, 1), (0.1, 2), (0.01, 3))
"""How many decimals a number has, from so much on."""


def number(value: float) -> str:
    """A number with about three figures."""
    decimals = next((places for least, places in PLACES if value >= least), 4)
    return f"{value:,.{decimals}f}"


def spread(value: Spread) -> str:
    """A median with its quartiles."""
    return f"{number(value.median)} ({number(value.low)} to {number(value.high)})"


def lines(results: Results) -> Iterator[str]:
    """The table as it is printed."""
    yield f"{'workload':<50} {'engine':<34} {'requests':>9} {'median':>13} {'ratio':>8}   quartiles of the ratio, to"
    for each in results.figures:
        value = f"{number(each.value.median)} {each.unit}"
        quartiles = f"{number(each.ratio.low)} to {number(each.ratio.high)}, {each.reference}"
        yield (
            f"{each.workload:<50} {each.engine:<34} {each.count:>9,} {value:>13}"
            f" {number(each.ratio.median):>8}   {quartiles}"
        )
    for name, reason in results.absent.items():
        yield f"{name}: skipped, {reason}"


def verdict_lines(verdicts: Sequence[Verdict], slack: float) -> Iterator[str]:
    """The targets as they are printed."""
    yield f"{'target':<54} {'aim':>9} {'seen':>9} {'measured':>9}"
    for says, aim, seen, measured, said in verdict_rows(verdicts, slack):
        yield f"{says:<54} {aim:>9} {seen:>9} {measured:>9}  {said}"


def verdict_rows(verdicts: Sequence[Verdict], slack: float = 1.0) -> list[list[str]]:
    """Each target, what is aimed at, what was seen from outside, what was measured and what is said of it."""
    return [
        [
            each.target.says,
            f"{'≥' if each.target.least else '≤'} {number(each.target.bound)}",
            "" if each.target.seen is None else number(each.target.seen),
            "" if each.measured is None else number(each.measured),
            said(each, slack),
        ]
        for each in verdicts
    ]


def said(verdict: Verdict, slack: float) -> str:
    """What is said of a verdict."""
    if verdict.measured is None:
        return "not measured"
    if verdict.is_reached():
        return "reached"
    return "within the slack" if verdict.is_reached(slack) else "missed"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def markdown(results: Results) -> str:
    """What is between the markers."""
    versions = "".join(f", {name} {version}" for name, version in results.versions.items())
    ours = {each.workload: each for each in results.figures if each.engine == OURS}
    summary = [
        [says, f"{spread(ours[name].value)} {ours[name].unit}", number(ours[name].ratio.median)]
        for says, name in SUMMARY
        if name in ours
    ]
    parts = [
        "### Five numbers",
        table(["", "median (quartiles)", "to a function written by hand"], summary),
        f"Python {results.python} on {results.system}{versions}.",
        "### Targets",
        table(["target", "aim", "seen", "measured", ""], verdict_rows(results.verdicts)),
    ]
    for title, figures in results.parts.items():
        rows = [
            [
                each.workload,
                each.engine,
                f"{each.count:,}",
                f"{spread(each.value)} {each.unit}",
                spread(each.ratio),
                each.reference,
            ]
            for each in figures
        ]
        parts += [
            f"### {title}",
            table(["workload", "engine", "requests", "median (quartiles)", "ratio (quartiles)", "to"], rows),
        ]
    if results.absent:
        parts += ["### Not measured", table(["engine", "why"], [list(each) for each in results.absent.items()])]
    return "\n\n".join(parts)


def write(results: Results, page: Path) -> None:
    """The JSON beside *page*, and the tables between its markers. ValueError where it has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    page.with_suffix(".json").write_text(results.to_json(), encoding="utf-8")
    page.write_text(f"{before}{begin}\n\n{markdown(results)}\n\n{end}{after}", encoding="utf-8")
