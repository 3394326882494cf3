"""The decision log as people read it: what was decided in their workspace, and whether anything was changed since."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from account.guarding import Account
from scopeguard.decisionlog import Verified, verify_log

SHOWN: Final = 100
"""Entries that are shown, the newest first."""
_LINE: Final = msgspec.json.Decoder()


def entries_of(account: Account, workspace: str | None) -> list[dict[str, Any]]:
    """The newest entries about what somebody of a workspace asked for."""
    account.log.flush(timeout=2.0)
    mine = (each for each in _newest(account.configuration.log_folder) if each.get("principal.workspace") == workspace)
    return list(islice(mine, SHOWN))


def verified(account: Account) -> Verified | None:
    """Whether the log is as it was written; None where nothing was written yet."""
    account.log.flush(timeout=2.0)
    folder = account.configuration.log_folder
    return verify_log(folder) if any(folder.glob("*.jsonl")) else None


def _newest(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.jsonl"), reverse=True):
        for line in reversed(file.read_bytes().splitlines()):
            # The last line may not be whole yet.
            with suppress(msgspec.DecodeError):
                found = _LINE.decode(line)
                if "effect" in found:
                    yield found
