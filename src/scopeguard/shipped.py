"""The grammars, the policy packs and the pages about codes that come with the library.

They are at the top level of the project, and inside the package in a wheel; an editable
install reads them from the checkout. A package in an archive, such as a zipapp, has them in there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scopeguard.errors import ScopeguardError, pass_on_limit

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

_PACKAGE: str | os.PathLike[str] = os.path.dirname(os.path.realpath(__file__))
_PROJECT_LINE = 'name = "scopeguard-authz"'


def grammar(name: str) -> str:
    """The text of the grammar file *name*, for instance ``scope.lark``.

    Raises ScopeguardError when the installation is without its grammars.
    """
    return _text(_folder("grammar"), name, "grammar")


def code_entry(code: str) -> str | None:
    """What the documentation says about a code, in Markdown; None for a code that it does not have.

    *code* is a diagnostic such as ``SG203``, or a decision code of the shipped pack such as ``scope_missing``. Raises
    ScopeguardError when the installation is without these pages.
    """
    page = "diagnostics.md" if code.startswith("SG") else "decision-codes.md"
    text = _text(os.path.join(_folder("docs"), "reference"), page, "page")
    _, heading, rest = text.partition(f"\n### {code}\n")
    return rest.partition("\n## ")[0].partition("\n### ")[0].strip() if heading else None


def policies() -> Path:
    """The folder that holds the shipped packs, one folder each.

    Raises ScopeguardError when the installation is without them.
    """
    # A guard is made without pathlib, which takes longer to import than the shipped pack to load.
    from pathlib import Path  # noqa: PLC0415  # see above

    return Path(_folder("policies"))


def default_pack() -> str:
    """The folder of the pack that a guard is of where nothing else is said. Raises ScopeguardError without it."""
    return os.path.join(_folder("policies"), "workspace")


def base_pack() -> str:
    """The folder of the base, the rules below every pack. Raises ScopeguardError without it."""
    return os.path.join(_folder("policies"), "base")


def archived_file(path: str) -> bytes | None:
    """What a shipped file holds whose path leads into an archive; None for all other paths."""
    found = _archived(path)
    return found.read_bytes() if found is not None and found.is_file() else None


def archived_names(folder: str) -> list[str] | None:
    """The names in a shipped folder whose path leads into an archive, sorted; None for all other paths."""
    found = _archived(folder)
    return sorted(each.name for each in found.iterdir()) if found is not None and found.is_dir() else None


def _archived(path: str) -> Traversable | None:
    root = os.path.join(_PACKAGE, "_shipped") + os.sep
    if os.path.isdir(_PACKAGE) or not path.startswith(root):
        return None
    # Nearly every installation is a folder.
    from importlib.resources import files  # noqa: PLC0415  # see above

    return files(__package__).joinpath("_shipped", *path.removeprefix(root).split(os.sep))


def _text(folder: str, name: str, what: str) -> str:
    path = os.path.join(folder, name)
    try:
        archived = archived_file(path)
        if archived is not None:
            return archived.decode("utf-8")
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        pass_on_limit(error)
        raise ScopeguardError(f'the installation is incomplete: no {what} "{name}"') from error


def _folder(name: str) -> str:
    installed = os.path.join(_PACKAGE, "_shipped", name)
    if os.path.isdir(installed) or archived_names(installed) is not None:
        return installed
    checkout = os.path.dirname(os.path.dirname(_PACKAGE))
    if _is_our_checkout(checkout) and os.path.isdir(os.path.join(checkout, name)):
        return os.path.join(checkout, name)
    raise ScopeguardError(
        f'the installation is incomplete: "{name}" is neither in the package nor in a checkout around it'
    )


def _is_our_checkout(folder: str) -> bool:
    # Two folders above a package in site-packages is somebody else's land: a stray "policies"
    # folder there must never be taken for the shipped one.
    try:
        with open(os.path.join(folder, "pyproject.toml"), encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        pass_on_limit(error)
        return False
    return _PROJECT_LINE in text.splitlines()
