"""Values are frozen: what was checked, compiled or kept is what is read later."""

import importlib
import pkgutil

from msgspec import Struct

import scopeguard

PARTS = ("model", "compiling", "runtime")
CHANGING = frozenset({"Memos", "_After", "_Sharing"})
"""What is filled while something is made, and never leaves it."""


def structs() -> dict[str, type[Struct]]:
    """Every struct of the parts, by its name."""
    found = {}
    for part in PARTS:
        for module in pkgutil.iter_modules([f"{scopeguard.__path__[0]}/{part}"], f"scopeguard.{part}."):
            for each in vars(importlib.import_module(module.name)).values():
                if isinstance(each, type) and issubclass(each, Struct) and each.__module__ == module.name:
                    found[each.__name__] = each
    return found


def test_structs_are_frozen() -> None:
    """All but those that say why not."""
    loose = {name for name, each in structs().items() if not each.__struct_config__.frozen}
    assert loose == CHANGING
