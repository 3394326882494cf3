"""Whether a request looks like one that a browser sent.

The signals are a safety net: a server can send each of them, and a program outside of browsers can leave out all.
Nothing found is no proof that a request comes from a server; the channel that the host declares is what decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias, get_args

from scopeguard import RequestError
from scopeguard.keys.key_format import key_marker

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""The headers of a request: a mapping, or pairs of name and value. Names are read in any case."""

Signal: TypeAlias = Literal["origin", "sec_fetch", "user_agent"]
"""What makes a request look like one of a browser: ``Origin``, a header of Fetch Metadata, or the ``User-Agent``."""

_SIGNALS: Final[tuple[Signal, ...]] = get_args(Signal)

_ENGINE: Final = re.compile(r"(?:AppleWebKit|Gecko|Trident|Presto)/\d|MSIE \d", re.ASCII)
"""A browser names its engine. ``Mozilla/5.0`` alone is said by scripts and crawlers too, as a formality."""


def browser_signals(headers: Headers, *, prefix: str | None = None) -> tuple[Signal, ...]:
    """The signals in *headers* that indicate a browser or a web view, in the order of ``Signal``; none is empty.

    With *prefix*, only of a request that carries a key: ``Authorization: Bearer <prefix>_…``.

    ``Sec-Fetch-Mode`` alone is no signal: browsers send it together with ``Sec-Fetch-Site`` and ``Sec-Fetch-Dest``
    (Fetch Metadata), and the ``fetch`` of Node.js sends it alone. Native mobile apps (OkHttp, CFNetwork) send nothing
    that servers do not send. Headers are no proof of where a request comes from.

    Raises RequestError for headers that are not str to str, and for a malformed *prefix*.
    """
    marker = None if prefix is None else key_marker(prefix)
    pairs = list(_pairs(headers))
    if marker is not None and not any(_carries(name, value, marker) for name, value in pairs):
        return ()
    found = {_signal(name, value) for name, value in pairs}
    return tuple(signal for signal in _SIGNALS if signal in found)


def _pairs(headers: object) -> Iterator[tuple[str, str]]:
    if isinstance(headers, str | bytes) or not isinstance(headers, Iterable):
        raise RequestError(f"headers must be a mapping or pairs of str, not {type(headers).__name__}")
    for pair in headers.items() if isinstance(headers, Mapping) else headers:
        match pair:
            case (str(name), str(value)):
                yield name.lower(), value
            case _:
                raise RequestError(
                    "headers must be pairs of str; decode bytes as latin-1, and pass .items() of a message"
                )


def _signal(name: str, value: str) -> Signal | None:
    if name == "origin":
        return "origin"
    if name.startswith("sec-fetch-") and name != "sec-fetch-mode":
        return "sec_fetch"
    return "user_agent" if name == "user-agent" and _ENGINE.search(value) else None


def _carries(name: str, value: str, marker: str) -> bool:
    # The name of a scheme is read in any case (RFC 9110 section 11.1).
    match value.split(None, 1) if name == "authorization" else ():
        case [scheme, credentials]:
            return scheme.lower() == "bearer" and credentials.startswith(marker)
    return False
