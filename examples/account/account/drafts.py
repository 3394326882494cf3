"""What a draft of policies would change, found by a process of its own, which ends when it takes too long."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final

from scopeguard.shipped import default_pack

MOST_CHARACTERS: Final = 20_000
MOST_SECONDS: Final = 30.0
_ONE_AT_A_TIME: Final = Lock()
_PROGRAM: Final = str(Path(__file__).with_name("compare_draft.py"))


def compared(policies: Iterable[str], draft: str, *, is_whole: bool) -> dict[str, Any]:
    """The changes by heading, the findings for which the draft does not load, or the problem why neither is known.

    The draft is a layer on top of the policies that there are, or *is_whole* and takes their place.
    """
    text = draft.replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        return {"problem": f"A draft has at most {MOST_CHARACTERS:,} characters."}
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        return {"problem": "Another draft is being compared. Try again in a moment."}
    try:
        with TemporaryDirectory() as folder:
            file = Path(folder, "draft.yaml")
            file.write_text(text, encoding="utf-8")
            asked = [sys.executable, "-I", _PROGRAM, "whole" if is_whole else "layer", str(file), *policies]
            done = subprocess.run(asked, stdout=subprocess.PIPE, check=True, timeout=MOST_SECONDS)  # noqa: S603  # no shell
            # Where the service is installed is nobody's business.
            return dict(json.loads(done.stdout.decode().replace(f"{folder}/", "").replace(default_pack(), "default")))
    except subprocess.SubprocessError:
        return {"problem": f"No answer within {MOST_SECONDS:g} seconds. The command scopeguard diff has more time."}
    finally:
        _ONE_AT_A_TIME.release()
