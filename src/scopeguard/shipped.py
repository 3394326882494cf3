"""The grammars and the policy packs that come with the library.

They stand at the top level of the project, and travel inside the package in a wheel; an editable
install reads them from the checkout.
"""

from pathlib import Path

from scopeguard.errors import ScopeguardError

_PACKAGE = Path(__file__).resolve().parent
_PROJECT_LINE = 'name = "scopeguard-authz"'


def grammar(name: str) -> str:
    """The text of the grammar file *name*, for instance ``scope.lark``.

    Raises ScopeguardError when the installation is without its grammars.
    """
    path = _folder("grammar") / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScopeguardError(f'the installation is incomplete: no grammar "{name}"') from error


def policies() -> Path:
    """The folder that holds the shipped packs, one folder each.

    Raises ScopeguardError when the installation is without them.
    """
    return _folder("policies")


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_shipped" / name
    if installed.is_dir():
        return installed
    checkout = _PACKAGE.parents[1]
    if _is_our_checkout(checkout) and (checkout / name).is_dir():
        return checkout / name
    raise ScopeguardError(
        f'the installation is incomplete: "{name}" is neither in the package nor in a checkout around it'
    )


def _is_our_checkout(folder: Path) -> bool:
    # Two folders above a package in site-packages is somebody else's land: a stray "policies"
    # folder there must never be taken for the shipped one.
    try:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return _PROJECT_LINE in text.splitlines()
