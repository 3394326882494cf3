"""Changes the library in small ways, one at a time, and tells which of the changes no test sees.

    python scripts/mutate.py [MUTANTS] [SEED] [PART…]

MUTANTS of all possible changes, drawn by SEED, are tried; 0 tries all; PARTs of their files' names leave out others.
All happens in a copy of the tree. What came out is kept in ``build/mutate/results.jsonl``, so that a run that was
stopped goes on where it was; what survived is tried again once there are other tests. Changes that make no difference
stand in ``tests/mutation-survivors.txt``, each with the reason, and are not tried; whatever else survives is a finding.

Tests are collected once, and it is learned which lines each of them runs. Every change is then tried in a fork, in
which the code of the function is replaced, by the tests that run its lines: cheap ones, and those of its part first.
What this cannot show (code that runs while the library is imported or tests are collected) is tried in a fork that
imports it anew.
"""

import gc
import json
import os
import shutil
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from types import CodeType, FunctionType
from typing import Any, Protocol

import hypothesis
import lark  # noqa: F401  # takes long to import, and is no part of what is changed
import pydantic  # noqa: F401  # the same
import pytest
import yaml  # noqa: F401  # the same
from coverage import Coverage
from mutants import ROOT, SOURCES, Mutant, digest, every, excused
from mutated import BUILD, TREE, Instead, fork, replaced

RESULTS, SAID = BUILD / "results.jsonl", BUILD / "said"
LEARNED, LEARNED_OF = BUILD / "learned.jsonl", BUILD / "learned_of"
SURVIVORS = ROOT / "tests" / "mutation-survivors.txt"
COPIED = ("src", "tests", "policies", "grammar", "docs", "examples", "benchmarks", "scripts")
TESTS = ("tests/unit", "tests/hazards", "tests/laws")
OPTIONS = ("-q", "-s", "--tb=no", "-p", "no:cacheprovider", "-m", "not slow and not fuzz",
           "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip

SECONDS = 40.0
"""Of the tests that run the lines of a change, cheap ones of each file that take so long together are tried."""
LONGEST = 30.0
"""A test that takes longer is left out."""
SLOWER = 4
"""A change that takes so many times as long as the library itself is seen, too."""
LAWS = "0.3"
"""A law takes many packs, of which the first few see most changes: this part of them is tried."""
LEAST_SECONDS = 20.0
CANNOT = 77
"""What a fork exits with that cannot try a change."""


@dataclass
class Test:
    """What is known of a test: what its file holds, its seconds, whether it passes, and its lines as bits by file."""

    name: str
    file: str
    seconds: float
    passes: bool
    lines: dict[str, int]


def trace() -> Coverage:
    """What traces the lines of all that is changed, from now on."""
    names = [f"{TREE}/src/scopeguard/{name}" for name in SOURCES]
    coverage = Coverage(
        data_file=None, config_file=False, include=[name if name.endswith(".py") else f"{name}/*" for name in names]
    )
    coverage.set_option("run:disable_warnings", ["no-data-collected"])
    coverage.start()
    return coverage


def traced(coverage: Coverage) -> dict[str, int]:
    """The lines that ran, as bits by file."""
    coverage.stop()
    data = coverage.get_data()
    return {str(Path(file).relative_to(TREE)): bits(data.lines(file) or ()) for file in data.measured_files()}


def bits(lines: Sequence[int]) -> int:
    """Lines as a number."""
    return sum(1 << line for line in lines)


class Attempt(Protocol):
    """Runs some tests, with a change or without, and exits with what pytest would."""

    def __call__(self, names: Sequence[str], *, changes: bool) -> int:
        """Run *names*."""
        ...


class Results:
    """What is known of tests and of changes, and what becomes of the latter."""

    def __init__(self, drawn: Sequence[Mutant]) -> None:
        self.drawn = drawn
        self.tests: dict[str, Test] = {}
        self.of = LEARNED_OF.read_text(encoding="utf-8")
        known = (each for each in read(RESULTS) if each["outcome"] in ("killed", "late") or each["of"] == self.of)
        self.outcomes = {each["id"]: each["outcome"] for each in known}
        self.killers = defaultdict[str, list[str]](list)
        self.trusted = set[str]()

    @property
    def left(self) -> Iterator[tuple[int, Mutant]]:
        """The changes of which nothing is known."""
        return ((number, each) for number, each in enumerate(self.drawn, 1) if each.id not in self.outcomes)

    def chosen(self, mutant: Mutant) -> list[str]:
        """The tests that run the lines of a change; of what runs at import alone, those that run its file, or any."""
        wanted = bits(mutant.lines)
        of_lines = self._run(mutant, wanted)
        if not of_lines and wanted & self.tests[""].lines.get(mutant.file, 0):
            of_lines = self._run(mutant, -1) or [each for each in self.tests.values() if each.passes]
        beside = Path(mutant.file.replace("src/scopeguard", "tests/unit", 1))
        beside = beside.with_name(f"test_{beside.name}")
        turns = Counter[str]()
        found: list[tuple[float, str]] = []
        for test in sorted(of_lines, key=lambda test: test.seconds):
            # The tests of the part tell most, and the first of a file more than the next ones of another.
            file = Path(test.name.partition("::")[0])
            turns[str(file)] += 1
            weight = 0.01 if file == beside else 0.1 if file.parent == beside.parent else 1.0
            found.append((weight * turns[str(file)] * test.seconds, test.name))
        known = {name for _, name in found}
        names = [name for name in self.killers[mutant.file][:3] if name in known]
        left = SECONDS
        for _, name in sorted(found):
            left -= self.tests[name].seconds
            if left < 0:
                break
            names.append(name)
        return list(dict.fromkeys(names))

    def _run(self, mutant: Mutant, wanted: int) -> list[Test]:
        return [each for each in self.tests.values() if each.passes and each.lines.get(mutant.file, 0) & wanted]

    def attempt(self, mutant: Mutant, attempt: Attempt) -> str | None:
        """Whether a change is ``killed``, ``late``, ``survived`` or ``unreached``; None where it cannot be tried."""
        while names := self.chosen(mutant):
            limit = max(LEAST_SECONDS, SLOWER * sum(self.tests[name].seconds for name in names))
            SAID.write_text("", encoding="utf-8")
            status = fork(partial(attempt, names, changes=True), limit)
            if status in (None, 0, CANNOT):
                return {None: "late", 0: "survived", CANNOT: None}[status]
            killer = SAID.read_text(encoding="utf-8").partition("\n")[0]
            if killer not in names:  # not even collected
                return "killed"
            self.killers[mutant.file].insert(0, killer)
            until = names[: names.index(killer) + 1]
            if killer in self.trusted or fork(partial(attempt, until, changes=False), limit) == 0:
                self.trusted.add(killer)
                return "killed"
            print(f"fails without any change, and is left out: {killer}", flush=True)
            self.tests[killer].passes = False
        return "unreached"

    def keep(self, number: int, mutant: Mutant, outcome: str) -> None:
        """Write down what became of a change."""
        self.outcomes[mutant.id] = outcome
        write(RESULTS, {"id": mutant.id, "outcome": outcome, "of": self.of, "change": mutant.change})
        print(f"{number}/{len(self.drawn)} {outcome}: line {mutant.line}: {mutant.change}", flush=True)


class Reporting:
    """Plugin: the first test that fails ends the process, and no example is shrunk before."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.places = {name: place for place, name in enumerate(names)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """See to it that a failure is told as it is, soon."""
        hypothesis.settings.register_profile(
            "mutate", hypothesis.settings.default, suppress_health_check=list(hypothesis.HealthCheck),
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate), report_multiple_bugs=False,
        )  # fmt: skip
        hypothesis.settings.load_profile("mutate")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Take the tests that are asked for, in their order."""
        if self.places:
            items[:] = [each for each in items if each.nodeid in self.places]
            items.sort(key=lambda each: self.places[each.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """End where a test fails, and say which."""
        if report.failed:
            SAID.write_text(f"{report.nodeid}\n{report.longreprtext}", encoding="utf-8")
            os._exit(1)


class Once(Reporting):
    """Plugin: the tests are collected once, and what they run is learned; then changes are tried in forks."""

    def __init__(self, results: Results) -> None:
        super().__init__()
        self.results = results
        self.coverage = trace()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the changes."""
        imported = traced(self.coverage)
        items = {item.nodeid: item for item in session.items}
        functions = defaultdict[CodeType, list[FunctionType]](list)
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__.co_filename.startswith(f"{TREE}/src"):
                functions[each.__code__].append(each)
        gc.freeze()  # what is there stays, and no fork copies it to look through it
        learn(items, imported)
        results = self.results
        results.tests = {each["name"]: Test(**each) for each in read(LEARNED) if each["name"] in (*items, "")}
        for number, mutant in results.left:
            codes = replaced(mutant)
            if codes is None:
                continue
            changed = [(function, new) for old, new in codes for function in functions[old]]

            def attempt(
                names: Sequence[str], *, changes: bool, changed: Sequence[tuple[FunctionType, CodeType]] = changed
            ) -> int:
                with suppress(ValueError):  # other variables of an outer function than before
                    for function, code in changed if changes else ():
                        function.__code__ = code
                    return run([items[name] for name in names])
                return CANNOT

            outcome = results.attempt(mutant, attempt)
            if outcome and (outcome != "survived" or not bits(mutant.lines) & imported.get(mutant.file, 0)):
                results.keep(number, mutant, outcome)
        return True


def run(items: Sequence[pytest.Item]) -> int:
    """Run collected tests, one after the other."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return 0


def learn(items: dict[str, pytest.Item], imported: dict[str, int]) -> None:
    """Write down what each test runs, in a process of its own, that is not known yet."""
    digests = {path: digest(path) for path in {item.path for item in items.values()}}
    kept = [
        each for each in read(LEARNED) if each["name"] in items and each["file"] == digests[items[each["name"]].path]
    ]
    LEARNED.write_text("", encoding="utf-8")
    for each in (asdict(Test("", "", 0.0, False, imported)), *kept):
        write(LEARNED, each)
    known = {each["name"] for each in kept}
    for number, (name, item) in enumerate(items.items(), 1):
        if name in known:
            continue

        def trial(name: str = name, item: pytest.Item = item) -> int:
            coverage, began = trace(), time.monotonic()
            run([item])
            seconds = time.monotonic() - began
            write(LEARNED, asdict(Test(name, digests[item.path], seconds, True, traced(coverage))))
            return 0

        if fork(trial, LONGEST) != 0:
            print(f"fails without any change or takes too long, and is left out: {name}", flush=True)
            write(LEARNED, asdict(Test(name, digests[item.path], 0.0, False, {})))
        if number % 500 == 0:
            print(f"learned {number} of {len(items)} tests", flush=True)


def anew(results: Results) -> None:
    """Try what is left in processes that import the library themselves."""
    results.tests = {each["name"]: Test(**each) for each in read(LEARNED)}
    for number, mutant in results.left:

        def attempt(names: Sequence[str], *, changes: bool, mutant: Mutant = mutant) -> int:
            if changes:
                sys.meta_path.insert(0, Instead(mutant))
            files = dict.fromkeys(name.partition("::")[0] for name in names)
            return int(pytest.main([*OPTIONS, *files], plugins=[Reporting(names)]))

        results.keep(number, mutant, results.attempt(mutant, attempt) or "late")


def read(file: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def write(file: Path, line: dict[str, object]) -> None:
    """Add a line to a file."""
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line) + "\n")


def copied() -> None:
    """Copy the tree, and forget what was learned of tests where other files than theirs are not what they were."""
    shutil.rmtree(TREE, ignore_errors=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile"):
        shutil.copy(ROOT / name, TREE / name)
    found = (file for folder in ("src", "tests", "policies") for file in sorted((TREE / folder).rglob("*.*")))
    # A reason that is added makes no test another one.
    files = [file for file in found if file.name != SURVIVORS.name]
    shared = [file for file in files if not file.name.startswith("test_")]
    # The tests with what they share, for what survived; and what they share alone, for what they run.
    now = [sha256("".join(map(digest, of)).encode()).hexdigest() for of in (shared, files)]
    before = LEARNED_OF.read_text(encoding="utf-8").split() if LEARNED_OF.exists() else [""]
    if before[0] != now[0]:
        LEARNED.unlink(missing_ok=True)
    LEARNED_OF.write_text(" ".join(now), encoding="utf-8")


def main() -> None:
    """Try some changes, and tell what no test has seen."""
    given = [*sys.argv[1:], *("200", "1")[len(sys.argv) - 1 :]]
    count, seed = int(given[0]), int(given[1])
    found = [each for each in every() if not given[2:] or any(part in each.file for part in given[2:])]
    reasons = excused(SURVIVORS.read_text(encoding="utf-8").splitlines())
    for each in sorted(reasons - {each.change for each in every()}):
        print(f"stands for no change any more: {each}")
    found = [each for each in found if each.change not in reasons]
    drawn = found if count == 0 else Random(seed).sample(found, min(count, len(found)))
    print(f"{len(drawn)} of {len(found)} changes, drawn by {seed}", flush=True)
    copied()
    os.chdir(TREE)
    sys.path.insert(0, str(TREE / "src"))
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(TREE / "src"), "SCOPEGUARD_FUZZ_LAWS": LAWS}
    if any(Results(drawn).left):
        pid = os.fork()
        if pid == 0:
            os._exit(pytest.main([*OPTIONS, *TESTS], plugins=[Once(Results(drawn))]))
        if os.waitpid(pid, 0)[1]:
            sys.exit("the tests could not be collected")
    results = Results(drawn)
    anew(results)
    print(dict(Counter(results.outcomes[mutant.id] for mutant in drawn)))
    left = [each for each in drawn if results.outcomes[each.id] in ("survived", "unreached")]
    for mutant in left:
        print(f"{results.outcomes[mutant.id]}: line {mutant.line}: {mutant.change}")
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
