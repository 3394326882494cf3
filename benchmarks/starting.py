"""W3: importing, loading, the first decision of a fresh process, and memory, all in processes of their own."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.domain import Plain
from benchmarks.growth import rules_pack, write_pack
from benchmarks.handwritten import Caller, Circumstances, Thing
from benchmarks.peers import casbin, cedar
from benchmarks.timing import OURS, Figure, compare

ROOT = Path(__file__).resolve().parents[1]
PROBES = Path(__file__).resolve().parent / "probes"
YARDSTICK = "json, dataclasses, cachetools"
ASKING = "scopeguard, Guard and what a check takes"
NOTHING = "python alone"
LOADS = (1_000, 10_000)
SHIPPED = "the shipped pack, with imports"
LOADED, WARM, AFTER = "after loading", "after a quarter of the requests", "after all requests"

Runs = Mapping[str, Sequence[str]]


def environment() -> dict[str, str]:
    """What a probe runs with: it finds the benchmarks, and writes bytecode, for whatever is installed has it."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def probe(name: str, *arguments: str) -> str:
    """What a probe prints, run in a process of its own."""
    done = subprocess.run(  # noqa: S603  # this very interpreter, with files of our own
        [sys.executable, str(PROBES / f"{name}.py"), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment(),
    )
    return done.stdout


def told(run: Sequence[str]) -> float:
    """The milliseconds that a probe prints."""
    return float(probe(*run))


def whole(run: Sequence[str]) -> float:
    """The milliseconds of work that the process of a probe takes from start to end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    probe(*run)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def in_turn(runs: Runs, measure: Callable[[Sequence[str]], float], rounds: int) -> dict[str, list[float]]:
    """What *measure* gives for each run in each round; a first round is thrown away, for it writes bytecode."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            found[name].append(measure(run))
    return {name: values[1:] for name, values in found.items()}


def importing(rounds: int) -> list[Figure]:
    """Importing the library, and that with the guard and what it is asked with, beside what any program imports."""
    runs = {
        YARDSTICK: ("importing", "json", "dataclasses", "cachetools"),
        OURS: ("importing", "scopeguard"),
        ASKING: ("importing", "scopeguard.guard", "scopeguard.model.principal", "scopeguard.model.request"),
    }
    return timed("import", in_turn(runs, told, rounds), YARDSTICK)


def loading(rounds: int, sizes: Sequence[int], folder: Path) -> list[Figure]:
    """Loading the shipped pack, and packs of many rules; the ratio is to the smallest of these."""
    small, *packs = (str(write_pack(folder / str(size), rules_pack(size))) for size in (1, *sizes))
    runs = {f"{size:,} rules": ("loading", small, pack) for size, pack in zip(sizes, packs, strict=True)}
    return timed("load", in_turn({**runs, SHIPPED: ("loading",)}, told, rounds), f"{sizes[0]:,} rules")


def first_runs(folder: Path) -> dict[str, Sequence[str]]:
    """The first decision by each engine that is installed, from files on disk with the same policy."""
    asked: list[Plain] = [(
        Caller("api_key", "key_1", "ws_1", scopes=frozenset({"agents:read"})),
        "agents:read",
        Thing("agents", "agt_1", "ws_1"),
        Circumstances("server"),
    )]  # fmt: skip
    files = {
        "policies.cedar": cedar.policies(),
        "entities.json": json.dumps(list(cedar.entities(asked))),
        "request.json": json.dumps(cedar.request(*asked[0])),
        "model.conf": casbin.MODEL,
        "policy.csv": "\n".join(casbin.lines(asked)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    at = {name: str(folder / name) for name in files}
    peers: dict[str, tuple[str, Sequence[str]]] = {
        cedar.PEER.name: ("cedarpy", ("first_cedar", at["policies.cedar"], at["entities.json"], at["request.json"])),
        casbin.PLAIN.name: ("casbin", ("first_casbin", at["model.conf"], at["policy.csv"])),
    }
    return {
        NOTHING: ("nothing",),
        OURS: ("first_scopeguard",),
        **{name: run for name, (module, run) in peers.items() if find_spec(module)},
    }


def first(rounds: int, folder: Path) -> list[Figure]:
    """The first decision, the start of Python included and taken off; ratios are to the fastest peer."""
    values = in_turn(first_runs(folder), whole, rounds)
    alone = values[NOTHING]
    net = {
        name: [max(each - less, 0.01) for each, less in zip(found, alone, strict=True)]
        for name, found in values.items()
        if name != NOTHING
    }
    best = min((name for name in net if name != OURS), key=lambda name: median(net[name]), default=OURS)
    return timed("first decision, process", values, best) + timed("first decision, net of python", net, best)


def memory(requests: int) -> list[Figure]:
    """Resident memory, and its ratio to that after a quarter of the requests; none where the system does not tell."""
    if not Path("/proc/self/statm").exists():
        return []
    found: list[float] = json.loads(probe("memory", str(requests)))
    values = {name: [each] for name, each in zip((LOADED, WARM, AFTER), found, strict=True)}
    return compare(
        f"memory, {requests:,} requests", values, reference=WARM, counts=dict.fromkeys(values, requests), unit="MiB"
    )


def timed(workload: str, values: Mapping[str, list[float]], reference: str) -> list[Figure]:
    """Figures in milliseconds."""
    return compare(workload, values, reference=reference, counts=dict.fromkeys(values, 1), unit="ms")


def figures(*, rounds: int, sizes: Sequence[int] = LOADS, requests: int = 1_000_000) -> list[Figure]:
    """All figures of W3."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *importing(2 * rounds),
            *loading(rounds, sizes, folder),
            *first(rounds, folder),
            *memory(requests),
        ]
