"""Bytes as text and back (cel-go's encoders extension)."""

import base64
import binascii
from typing import Final

from scopeguard.errors import EvaluationError
from scopeguard.semantics.declarations import Declaration, function


def encoded(value: bytes) -> str:
    """*value* in Base64, padded (RFC 4648, section 4)."""
    return base64.b64encode(value).decode("ascii")


def decoded(text: str) -> bytes:
    """The bytes of a text in Base64, with its padding or without. Raises EvaluationError for any other text."""
    try:
        padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
        return base64.b64decode(padded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise EvaluationError("not a text in base64") from error


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    function("base64.encode", "bytes -> string", encoded),
    function("base64.decode", "string -> bytes", decoded),
)
