"""What a draft of policies would change, found by a process of its own, which ends when it takes too long."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final

from scopeguard import PolicyError
from scopeguard.analysis import Change, diff
from scopeguard.shipped import default_pack

MOST_CHARACTERS: Final = 20_000
MOST_SECONDS: Final = 30.0
_ONE_AT_A_TIME: Final = Lock()


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
            asked = [sys.executable, "-I", __file__, "whole" if is_whole else "layer", str(file), *policies]
            done = subprocess.run(asked, stdout=subprocess.PIPE, check=True, timeout=MOST_SECONDS)  # noqa: S603  # no shell
            # Where the service is installed is nobody's business.
            return dict(json.loads(done.stdout.decode().replace(f"{folder}/", "").replace(default_pack(), "default")))
    except subprocess.SubprocessError:
        return {"problem": f"No answer within {MOST_SECONDS:g} seconds. The command scopeguard diff has more time."}
    finally:
        _ONE_AT_A_TIME.release()


def _answer(kind: str, draft: str, *policies: str) -> dict[str, Any]:
    old = [default_pack(), *policies]
    try:
        found = diff(old, [draft] if kind == "whole" else [*old, draft])
    except PolicyError as error:
        return {"findings": [each.to_dict() for each in error.diagnostics]}
    groups = {name: getattr(found, name) for name in ("gained", "open", "reach", "lost", "changed")}
    return {"changes": {name: [_in_words(each) for each in group] for name, group in groups.items()}}


def _in_words(change: Change) -> dict[str, Any]:
    because = [str(each) for each in change.edits]
    return {**change.to_dict(), "people": change.people, "where": change.where, "because": because}


if __name__ == "__main__":
    print(json.dumps(_answer(*sys.argv[1:])))
