"""A comparison as SARIF 2.1.0 (OASIS Standard), for whoever shows the findings of tools."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from scopeguard.analysis.diffing.reporting import headline, level
from scopeguard.analysis.diffing.values import ASPECTS, Change, Diff
from scopeguard.source import Location

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"error": "error", "warning": "warning", "notice": "note"}
_MAX_RESULTS: Final = 5_000
"""As many results of a run as are kept by those who show them."""


def sarif(diff: Diff, version: str) -> dict[str, Any]:
    """The changes as one run of the tool in *version*; what is accepted is suppressed, with the reason.

    A fingerprint is made of who, what and where, and of no line, so that a change is known again when it moves.
    """
    aspects = list(ASPECTS)
    rules = [
        {
            "id": f"scopeguard/{aspect}",
            "name": aspect,
            "shortDescription": {"text": heading},
            "defaultConfiguration": {"level": _LEVELS[level(aspect, is_loosening=aspect in {"gained", "open"})]},
        }
        for aspect, heading in ASPECTS.items()
    ]
    results = [_result(change, aspects.index(change.aspect)) for change in diff.changes[:_MAX_RESULTS]]
    driver = {"name": "scopeguard", "version": version, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(change: Change, index: int) -> dict[str, Any]:
    places = [edit.place for edit in change.edits if edit.place is not None]
    said = [f"was: {change.before}"] if change.before else []
    said += [f"is: {change.after}"] if change.after else []
    said += [f"when: {change.condition}"] if change.condition else []
    said += [f"because: {edit}" for edit in change.edits]
    found: dict[str, Any] = {
        "ruleId": f"scopeguard/{change.aspect}",
        "ruleIndex": index,
        "level": _LEVELS[level(change.aspect, is_loosening=change.aspect in {"gained", "open"})],
        "message": {"text": "\n".join([headline(change), *said])},
        "locations": _locations(places[:1]),
        "partialFingerprints": {"scopeguardChange/v1": change.id},
        "properties": {"who": [str(who) for who in change.who], "actions": list(change.actions)},
    }
    if len(places) > 1:
        found["relatedLocations"] = _locations(places[1:])
    if change.accepted is not None:
        found["suppressions"] = [{"kind": "external", "justification": change.accepted}]
    return found


def _locations(places: Sequence[Location]) -> list[dict[str, Any]]:
    return [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": quote(place.file)},
                "region": {"startLine": place.line, "startColumn": place.column},
            }
        }
        for place in places
    ]
