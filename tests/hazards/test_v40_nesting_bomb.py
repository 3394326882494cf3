"""V40: deep nesting, which ends the process in libyaml's composer and the stack in PyYAML's own."""

import subprocess
import sys

import pytest

from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source
from tests.yaml_trees import compose

READ = """
import sys
from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source
reading = read(Source("bomb.yaml", eval(sys.argv[1])), {"fast": FAST_LOADER, "pure": PureLoader}[sys.argv[2]])
found = reading.findings[-1]
print(reading.tree, found.code, found.line, found.column)
"""

# Each is the text as an expression, and where its 33rd collection opens.
BOMBS = {
    "lists in brackets": ("'[' * 200_000", "1 33"),
    "closed lists in brackets": ("'[' * 100_000 + ']' * 100_000", "1 33"),
    "mappings in braces": ("'{a: ' * 200_000", "1 129"),
    "lists of dashes": ("'- ' * 200_000", "1 65"),
    "keys that are mappings": ("'? ' * 200_000", "1 65"),
    "indented mappings": ("''.join(' ' * n + 'a:\\n' for n in range(1000))", "33 33"),
    "inside a value": ("'scopeguard: 1\\nroles: ' + '[' * 200_000", "2 39"),
}


@pytest.mark.slow
@pytest.mark.parametrize("loader", ["fast", "pure"])
@pytest.mark.parametrize(("bomb", "place"), BOMBS.values(), ids=BOMBS.keys())
def test_v40_nesting_bomb(bomb: str, place: str, loader: str) -> None:
    """The 33rd level is refused where it opens, in a process that lives on."""
    done = subprocess.run(
        [sys.executable, "-c", READ, bomb, loader], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, f"None SG107 {place}", "")


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
def test_v40_32_levels_are_fine(loader: type) -> None:
    """The limit is 32 and not one less."""
    assert read(Source("p.yaml", "[" * 32 + "]" * 32), loader).findings == []
    assert [found.code for found in read(Source("p.yaml", "[" * 33 + "]" * 33), loader).findings] == ["SG107"]


def test_v40_width_is_no_depth() -> None:
    """Closing a level gives it back."""
    assert compose(Source("p.yaml", "[" + "[[]], " * 1000 + "]")).value() == [[[]]] * 1000
