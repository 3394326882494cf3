"""Bytes as text and back (cel-go's encoders extension)."""

from __future__ import annotations

from typing import Final

from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.declarations import Declaration, function


def encoded(value: bytes) -> str:
    """*value* in Base64, padded (RFC 4648, section 4)."""
    from base64 import b64encode  # noqa: PLC0415  # few packs do

    return b64encode(value).decode("ascii")


def decoded(text: str) -> bytes:
    """The bytes of a text in Base64, with its padding or without. Raises EvaluationError for any other text."""
    from base64 import b64decode  # noqa: PLC0415  # few packs do

    try:
        padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
        return b64decode(padded.encode("ascii"), validate=True)
    except ValueError as error:
        raise EvaluationError("not a text in base64") from error


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    function("base64.encode", "bytes -> string", encoded),
    function("base64.decode", "string -> bytes", decoded),
)
