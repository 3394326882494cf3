"""A comparison as SARIF 2.1.0 (OASIS Standard), for whoever shows the findings of tools."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from scopeguard.analysis.diffing.reporting import IDLE, Options, block, level, places, unmatched
from scopeguard.analysis.diffing.values import ASPECTS, Change, Diff
from scopeguard.source import Location

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"error": "error", "warning": "warning", "notice": "note"}
_MAX_RESULTS: Final = 5_000
"""As many results of a run as are kept by those who show them."""


def sarif(diff: Diff, version: str, options: Options = (None, ())) -> dict[str, Any]:
    """The changes as one run of the tool in *version*; what is accepted is suppressed, with the reason.

    *options* name the two packs in commands, as those of :func:`pretty`. What no change comes of is a property.

    A fingerprint is made of who, what and where, and of no line, so that a change is known again when it moves.
    """
    aspects = list(ASPECTS)
    # Whoever shows results wants a place of each.
    nearby = [edit.place for edit in diff.edits if edit.place is not None]
    rules = [
        {
            "id": f"scopeguard/{aspect}",
            "name": aspect,
            "shortDescription": {"text": heading},
            "defaultConfiguration": {"level": _LEVELS[level(aspect, is_loosening=aspect in {"gained", "open"})]},
        }
        for aspect, heading in ASPECTS.items()
    ]
    results = []
    for change in diff.changes[:_MAX_RESULTS]:
        text = "\n".join(block(change, options))
        results.append(_result(change, aspects.index(change.aspect), text, places(change) or nearby[:1]))
    driver = {"name": "scopeguard", "version": version, "rules": rules}
    more = {IDLE: [str(edit) for edit in diff.idle], "unmatched": unmatched(diff)}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results, "properties": more}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(change: Change, index: int, text: str, written: Sequence[Location]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": f"scopeguard/{change.aspect}",
        "ruleIndex": index,
        "level": _LEVELS[level(change.aspect, is_loosening=change.aspect in {"gained", "open"})],
        "message": {"text": text},
        "locations": _locations(written[:1]),
        "partialFingerprints": {"scopeguardChange/v1": change.id},
        "properties": {"who": [str(who) for who in change.who], "actions": list(change.actions)},
    }
    if len(written) > 1:
        found["relatedLocations"] = _locations(written[1:])
    if change.accepted is not None:
        found["suppressions"] = [{"kind": "external", "justification": change.accepted}]
    return found


def _locations(places: Sequence[Location]) -> list[dict[str, Any]]:
    return [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": quote(place.file.removeprefix("./"))},
                "region": {"startLine": place.line, "startColumn": place.column},
            }
        }
        for place in places
    ]
