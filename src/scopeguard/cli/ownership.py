"""Whether the package that runs is ours alone: another project of the package index has its name."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

import scopeguard

OURS: Final = "scopeguard-authz"
"""What this distribution is called."""

_MIXED: Final = (
    "the package scopeguard is not ours, or not ours alone: {found}; run"
    " `pip uninstall scopeguard scopeguard-authz`, and then `pip install scopeguard-authz`"
)


def find_stranger() -> str | None:
    """The problem and its remedy where files of another distribution may be among ours; None where there are none.

    Of two distributions with one package the later one overwrites files of the earlier one, and what runs is neither.
    """
    if getattr(scopeguard, "__distribution__", None) != OURS:
        return _MIXED.format(found="another distribution has overwritten it")
    try:
        other = version("scopeguard")
    except PackageNotFoundError:
        return None
    return _MIXED.format(found=f"the distribution scopeguard {other} is installed beside it")
