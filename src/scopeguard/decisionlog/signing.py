"""Signed checkpoints: Ed25519 signatures in the form of signed notes (C2SP). Needs the extra ``signing``."""

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from scopeguard import RequestError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519: Final = b"\x01"
_HASH: Final = 4
_PUBLIC: Final = 33
"""Bytes of a public key with the kind before it."""


class NoteSigner:
    """Signs with a private key, under a name such as ``example.com/decisions``. The repr holds no key."""

    def __init__(self, name: str, key: "Ed25519PrivateKey") -> None:
        self._name: Final = _checked(name)
        self._key: Final = key

    def __repr__(self) -> str:
        return f"NoteSigner({self.verifier_key!r})"

    @property
    def verifier_key(self) -> str:
        """What :class:`NoteVerifier` takes: the name and the public key, to be kept elsewhere."""
        public = _ED25519 + self._key.public_key().public_bytes_raw()
        return f"{self._name}+{_hash(self._name, public).hex()}+{b64encode(public).decode()}"

    def note(self, text: str) -> str:
        """*text* with a signature below it."""
        public = _ED25519 + self._key.public_key().public_bytes_raw()
        signature = b64encode(_hash(self._name, public) + self._key.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self._name} {signature}\n"


class NoteVerifier:
    """Knows the signatures of one key, by its *verifier_key*. Raises RequestError for what is none."""

    def __init__(self, verifier_key: str) -> None:
        # What signs has the library already; what only looks at a log may not, until it asks for signatures.
        try:
            from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # see above
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415  # see above
        except ModuleNotFoundError:
            needed = "signatures need an extra: pip install 'scopeguard-authz[signing]'"
            raise ModuleNotFoundError(needed, name="cryptography") from None
        name, _, rest = verifier_key.partition("+")
        hashed, _, text = rest.partition("+")
        public = _decoded(text)
        if public[:1] != _ED25519 or len(public) != _PUBLIC or _hash(name, public).hex() != hashed:
            raise RequestError("the verifier key must be NAME+HASH+KEY of an Ed25519 key")
        self._invalid: Final = InvalidSignature
        self._public: Final = Ed25519PublicKey.from_public_bytes(public[1:])
        self._name: Final = _checked(name)
        self._hash: Final = bytes.fromhex(hashed)

    def is_signed(self, note: str, text: str) -> bool:
        """As ``Verifier.is_signed``."""
        body, separator, signatures = note.rpartition("\n\n")
        if not separator or f"{body}\n" != text:
            return False
        return any(self._is_ours(line, text) for line in signatures.splitlines())

    def _is_ours(self, line: str, text: str) -> bool:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "\u2014" or name != self._name:
            return False
        found = _decoded(encoded)
        if found[:_HASH] != self._hash:
            return False
        try:
            self._public.verify(found[_HASH:], text.encode())
        except self._invalid:
            return False
        return True


def _decoded(text: str) -> bytes:
    """Base 64; nothing where it is none."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


def _checked(name: str) -> str:
    if not name or any(char.isspace() or char == "+" for char in name):
        raise RequestError("the name of a key must not be empty, and have no spaces and no +")
    return name


def _hash(name: str, public: bytes) -> bytes:
    return sha256(f"{name}\n".encode() + public).digest()[:_HASH]
