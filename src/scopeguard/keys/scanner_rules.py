"""Rules by which secret scanners find keys of a prefix, all made of the one form of a key."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from scopeguard import RequestError
from scopeguard.keys.key_format import build_key, key_marker, key_pattern

Scanner: TypeAlias = Literal["betterleaks", "trufflehog", "detect-secrets", "github"]
"""``betterleaks`` reads the configuration of gitleaks, and the other way round."""
SCANNERS: Final[tuple[Scanner, ...]] = get_args(Scanner)

_AFTER: Final = "(?:[^0-9A-Za-z]|$)"
"""What is after a key; what is before one may touch it, as an escape does."""


def scanner_rules(scanner: Scanner, prefix: str) -> str:
    """The configuration that lets *scanner* find the keys of *prefix*: the text of a file.

    Only the one for detect-secrets looks at the checksum; the others find what has the form of a key. Raises
    RequestError for a scanner that is not known, and for a malformed *prefix*.
    """
    marker = key_marker(prefix)
    written = _WRITTEN.get(scanner)
    if written is None:
        raise RequestError(f"the scanner must be one of {', '.join(SCANNERS)}")
    return written(marker, key_pattern(prefix))


def _betterleaks(marker: str, pattern: str) -> str:
    return f"""[[rules]]
id = "{_dashed(marker)}-api-key"
description = "API key {marker}…: revoke it, it is in the open"
regex = '''({pattern}){_AFTER}'''
keywords = ["{marker}"]
"""


def _trufflehog(marker: str, pattern: str) -> str:
    return f"""detectors:
  - name: {_dashed(marker)}-api-key
    keywords:
      - {marker}
    regex:
      key: '({pattern}){_AFTER}'
"""


def _github(marker: str, pattern: str) -> str:
    # The form of custom patterns has a field for each.
    fields = {
        "name": f"{_dashed(marker)}-api-key",
        "secret_format": pattern,
        "before_secret": r"\A|[\s\S]",
        "after_secret": r"\z|[^0-9A-Za-z]",
        "test_string": build_key(marker.removesuffix("_"), "example", "0" * 43),
    }
    return json.dumps(fields, indent=2) + "\n"


def _detect_secrets(marker: str, pattern: str) -> str:
    name = "".join(part.capitalize() for part in marker.split("_"))
    return f'''"""API keys {marker}…, for detect-secrets: detect-secrets scan --plugin THIS_FILE"""

import re
from zlib import crc32

from detect_secrets.plugins.base import RegexBasedDetector

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(body):
    number, digits = crc32(body.encode("ascii")), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


class {name}KeyDetector(RegexBasedDetector):
    """Scans for API keys {marker}…, and leaves out what has a wrong checksum."""

    secret_type = "API key {marker}"
    denylist = [re.compile(r"{pattern}(?![0-9A-Za-z])")]

    def analyze_string(self, string):
        for key in super().analyze_string(string):
            if checksum(key[:-6]) == key[-6:]:
                yield key
'''


def _dashed(marker: str) -> str:
    return marker.removesuffix("_").replace("_", "-")


_WRITTEN: Final[Mapping[str, Callable[[str, str], str]]] = MappingProxyType(
    {
        "betterleaks": _betterleaks,
        "trufflehog": _trufflehog,
        "detect-secrets": _detect_secrets,
        "github": _github,
    }
)
