"""The grammars and the policy packs that come with the library.

They stand at the top level of the project, and travel inside the package in a wheel; an editable
install reads them from the checkout.
"""

import os
from typing import TYPE_CHECKING

from scopeguard.errors import ScopeguardError

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE: "str | os.PathLike[str]" = os.path.dirname(os.path.realpath(__file__))
_PROJECT_LINE = 'name = "scopeguard-authz"'


def grammar(name: str) -> str:
    """The text of the grammar file *name*, for instance ``scope.lark``.

    Raises ScopeguardError when the installation is without its grammars.
    """
    try:
        with open(os.path.join(_folder("grammar"), name), encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise ScopeguardError(f'the installation is incomplete: no grammar "{name}"') from error


def policies() -> "Path":
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
    """The folder of the rules that stand beneath every pack. Raises ScopeguardError without it."""
    return os.path.join(_folder("policies"), "base")


def _folder(name: str) -> str:
    installed = os.path.join(_PACKAGE, "_shipped", name)
    if os.path.isdir(installed):
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
    except (OSError, UnicodeDecodeError):
        return False
    return _PROJECT_LINE in text.splitlines()
