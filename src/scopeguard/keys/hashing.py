"""What is stored in the place of a key: its HMAC-SHA-256 under a pepper, with the name of the pepper.

A key has 256 random bits, so that a slow hash would buy nothing and cost each request. The pepper is not in the store:
a copy of the store alone tells nothing, and what somebody writes into it is no key.
"""

import hmac
from collections.abc import Sequence
from hmac import compare_digest
from typing import Final, NoReturn

from scopeguard import RequestError

MIN_PEPPER: Final = 16
"""The bytes of the shortest pepper that is taken; 32 from ``secrets.token_bytes`` are a good one."""

_SCHEME: Final = "hmac-sha256"
_NAMING: Final = b"scopeguard: the name of a pepper"
_SEALING: Final = b"scopeguard: the key for the seals of cached records"
_NAME: Final = len(_SCHEME) + 10
_NOBODY: Final = f"{_SCHEME}:{'-' * 8}:{'-' * 64}"
"""No digest, as long as one."""


class Candidate:
    """A key that somebody sent, without the key: which one it says it is, and what would be stored of it."""

    __slots__ = ("first", "id", "stored")

    def __init__(self, id: str, first: str, stored: dict[str, str]) -> None:
        self.id = id
        self.first = first
        """What is stored of it now."""
        self.stored = stored
        """By the beginning that names the pepper, for every pepper."""

    def __repr__(self) -> str:
        return f"Candidate({self.id!r})"


class Peppers:
    """The peppers of a service, the one for new digests first. None of them is in the repr, and none is pickled."""

    __slots__ = ("_by_name", "_first", "sealing")

    def __init__(self, peppers: Sequence[bytes]) -> None:
        if not isinstance(peppers, list | tuple) or not peppers:
            raise RequestError("pepper must be a list of bytes, the one for new keys first")
        for each in peppers:
            if not isinstance(each, bytes):
                raise RequestError(f"a pepper must be bytes, not {type(each).__name__}")
            if len(each) < MIN_PEPPER:
                raise RequestError(f"a pepper must have at least {MIN_PEPPER} bytes; secrets.token_bytes(32) makes one")
        # Copied for each key, which takes half the time of making it.
        self._by_name: Final = {_name(each): hmac.new(each, digestmod="sha256") for each in peppers}
        if len(self._by_name) < len(peppers):
            raise RequestError("a pepper is in the list twice")
        self._first: Final = _name(peppers[0])
        self.sealing: Final = hmac.digest(peppers[0], _SEALING, "sha256")

    def __repr__(self) -> str:
        return f"Peppers({', '.join(name.split(':')[1] for name in self._by_name)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("peppers stay in their process")

    def candidate(self, id: str, key: str) -> Candidate:
        """*key* by its digests under every pepper: what is worked out is the same for every key."""
        text = key.encode("ascii")
        stored = {}
        for name, pepper in self._by_name.items():
            hashed = pepper.copy()
            hashed.update(text)
            stored[name] = name + hashed.hexdigest()
        return Candidate(id, stored[self._first], stored)

    def is_same(self, candidate: Candidate, stored: str | None) -> bool:
        """Whether *stored* was made of that very key. None, for a key that nobody knows, takes as long as any other."""
        expected = _NOBODY if stored is None else stored
        found = candidate.stored.get(expected[:_NAME], candidate.first)
        return compare_digest(expected.encode(), found.encode())

    def is_current(self, stored: str) -> bool:
        """Whether a digest was made with the first pepper."""
        return stored.startswith(self._first)


def _name(pepper: bytes) -> str:
    """What every digest under a pepper begins with."""
    return f"{_SCHEME}:{hmac.digest(pepper, _NAMING, 'sha256').hex()[:8]}:"
