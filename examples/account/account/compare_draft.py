"""The process that compares a draft: ``compare_draft.py layer|whole DRAFT POLICIES…`` prints its answer as JSON."""

import json
import sys
from typing import Any

from scopeguard import PolicyError
from scopeguard.analysis import diff
from scopeguard.shipped import default_pack


def _answer(kind: str, draft: str, *policies: str) -> dict[str, Any]:
    old = [default_pack(), *policies]
    try:
        found = diff(old, [draft] if kind == "whole" else [*old, draft])
    except PolicyError as error:
        return {"findings": [each.to_dict() for each in error.diagnostics]}
    return {"changes": [{**each.to_dict(), "people": each.people, "where": each.where} for each in found.changes]}


if __name__ == "__main__":
    print(json.dumps(_answer(*sys.argv[1:])))
