"""Two packs compared: one rule of the shipped pack changed, every rule of it changed, and one of 10,000 rules.

    python -m benchmarks.differences

What is measured is the comparison, after both packs are loaded. What it finds is asserted first. It is one thread that
waits for nothing: judged is the time that this process ran, which the rest of the machine disturbs least.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from scopeguard.analysis import Diff, diff, load_side
from scopeguard.shipped import default_pack

TARGETS = {"one rule of the shipped pack": 1.0, "every rule of the shipped pack": 30.0, "one of 10,000 rules": 10.0}
"""Seconds."""


def edited(folder: Path, name: str, edit: Callable[[str], str]) -> Path:
    """A copy of the shipped pack with every file edited."""
    place = folder / name
    place.mkdir()
    for file in Path(default_pack()).glob("*.yaml"):
        if not file.name.endswith("_test.yaml"):
            shutil.copy(file, place)
    for file in place.iterdir():
        file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    return place


def one_rule(text: str) -> str:
    """The host may reply from its servers too."""
    return text.replace("channels: [whatsapp]\n", "channels: [whatsapp, server]\n")


def everything(text: str) -> str:
    """Nothing that was closed to a channel is closed to it, and facts may be an hour old."""
    text = text.replace('context.channel == "', 'context.channel != "').replace(
        "facts_max_age: 5m", "facts_max_age: 1h"
    )
    return text.replace('principal.kind == "member" &&', 'principal.kind != "session" &&')


def rules(number: int, wider: int | None) -> str:
    """A pack of *number* rules, each for a surface of its own; of one of them the channel is another."""
    surfaces = {f"s{each}": {"actions": ["read", "write"], "coarse": True} for each in range(number // 10)}
    listed = [
        {"id": f"r{each}", "effect": "deny", "on": [f"s{each % len(surfaces)}:write"], "code": "not_permitted",
         "unless": f'context.channel {"!=" if each == wider else "=="} "c{each % len(surfaces) % 7}"'}
        for each in range(number)
    ]  # fmt: skip
    catalog = {"surfaces": surfaces, "channels": [f"c{each}" for each in range(7)]}
    roles = {"writer": {"holds": [f"{name}:write" for name in surfaces]}}
    return json.dumps({"scopeguard": 1, "catalog": catalog, "roles": roles, "rules": listed})


def measured(name: str, old: list[str], new: list[str], is_right: Callable[[Diff], bool]) -> bool:
    """Compare two packs, and print how long it took. Whether that is within the target."""
    sides = (load_side(old), load_side(new))
    start, ran = time.perf_counter(), time.process_time()
    found = diff(*sides)
    seconds, whole = time.process_time() - ran, time.perf_counter() - start
    assert is_right(found), [change.to_dict() for change in found.changes[:3]]
    print(
        f"{name:<34} {seconds:6.2f} s of {whole:6.2f} s  (target {TARGETS[name]:2.0f} s)  {len(found.changes)} changes"
    )
    return seconds <= TARGETS[name]


def main() -> None:
    """Measure all three; exit status 1 where one is beyond its target."""
    shipped = [default_pack()]
    with TemporaryDirectory() as name:
        folder = Path(name)
        one, every = edited(folder, "one", one_rule), edited(folder, "every", everything)
        for wider, place in ((None, "big_old"), (4321, "big_new")):
            (folder / place).mkdir()
            texts = json.loads(rules(10_000, wider))
            # One file may have a mebibyte.
            for start in range(0, 10_000, 2_000):
                part = {"scopeguard": 1, "rules": texts["rules"][start : start + 2_000]}
                part |= {key: texts[key] for key in ("catalog", "roles") if start == 0}
                (folder / place / f"p{start}.yaml").write_text(json.dumps(part), encoding="utf-8")
        done = [
            measured("one rule of the shipped pack", shipped, [str(one)], lambda found: len(found.gained) == 1),
            measured("one of 10,000 rules", [str(folder / "big_old")], [str(folder / "big_new")], bool),
            measured("every rule of the shipped pack", shipped, [str(every)], lambda found: found.loosens),
        ]
    sys.exit(0 if all(done) else 1)


if __name__ == "__main__":
    main()
