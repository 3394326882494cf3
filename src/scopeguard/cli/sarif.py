"""Findings as SARIF 2.1.0, the format that code hosts show beside the lines of a pull request."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from scopeguard import __version__
from scopeguard.errors import Correction, Diagnostic, Severity
from scopeguard.source import Location

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME: Final = "https://scopeguard-authz.readthedocs.io"
MAX_RESULTS: Final = 5000
"""As many results of a run as GitHub keeps; errors come first."""
_LEVELS: Final[Mapping[Severity, str]] = MappingProxyType({Severity.ERROR: "error", Severity.WARNING: "warning"})


def to_sarif(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """A log with one run. What is related to a finding is a related location of it."""
    found = sorted(diagnostics, key=lambda each: (each.severity is not Severity.ERROR, each.sort_key))[:MAX_RESULTS]
    codes = sorted({each.code: each for each in found}.items())
    order = {code: number for number, (code, _) in enumerate(codes)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "scopeguard",
                        "version": __version__,
                        "informationUri": _HOME,
                        "rules": [
                            {"id": code, "helpUri": each.url, "shortDescription": {"text": f"scopeguard {code}"}}
                            for code, each in codes
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": list(_results(found, order)),
            }
        ],
    }


def _results(found: Sequence[Diagnostic], order: Mapping[str, int]) -> Iterable[dict[str, Any]]:
    seen: dict[str, int] = {}
    for each in found:
        text = f"{each.message}{f'; {each.hint}' if each.hint else ''}"
        # Without the line: what moves with its file is the same finding.
        fingerprint = hashlib.sha256(repr((each.code, each.file, each.message)).encode()).hexdigest()
        seen[fingerprint] = seen.get(fingerprint, 0) + 1
        result = {
            "ruleId": each.code,
            "ruleIndex": order[each.code],
            "level": _LEVELS[each.severity],
            "message": {"text": text},
            "locations": [_location(Location(each.file, each.line, each.column))],
            "partialFingerprints": {"scopeguard/v1": f"{fingerprint}:{seen[fingerprint]}"},
        }
        if each.correction is not None:
            result["fixes"] = [_fix(each, each.correction)]
        if each.related:
            result["relatedLocations"] = [
                {"id": number, "message": {"text": said}, **_location(place)}
                for number, (place, said) in enumerate(each.related)
            ]
        yield result


def _fix(found: Diagnostic, correction: Correction) -> dict[str, Any]:
    region = {
        "startLine": correction.line,
        "startColumn": correction.column,
        "endColumn": correction.column + len(correction.written),
    }
    change = {
        "artifactLocation": {"uri": _uri(found.file)},
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": correction.replacement}}],
    }
    return {"description": {"text": found.hint or found.message}, "artifactChanges": [change]}


def _location(place: Location) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}


def _uri(file: str) -> str:
    return quote(file.removeprefix("./"))
