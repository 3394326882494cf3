"""API keys: their form, how they are stored, issued, rotated, revoked and recognised; and keys where they must not be.

``scopeguard.keys.sqlalchemy``, ``.django`` and ``.redis`` are modules of their own, each with an extra of its name.
"""

from scopeguard.keys.browser_signals import Headers, Signal, browser_signals
from scopeguard.keys.caching import AsyncKeyCache, KeyCache
from scopeguard.keys.key_format import ExposedKey, ParsedKey, build_key, checksum, find_keys, parse_key
from scopeguard.keys.key_ring import AsyncKeys, Keys
from scopeguard.keys.lifecycle import KeyChangedError, KeyRotatedError, UnknownKeyError
from scopeguard.keys.records import Issued, StoredKey
from scopeguard.keys.scanner_rules import Scanner, scanner_rules
from scopeguard.keys.scanning import scan_files
from scopeguard.keys.stores import AsyncKeyStore, KeyStore, MemoryStore

__all__ = [
    "AsyncKeyCache",
    "AsyncKeyStore",
    "AsyncKeys",
    "ExposedKey",
    "Headers",
    "Issued",
    "KeyCache",
    "KeyChangedError",
    "KeyRotatedError",
    "KeyStore",
    "Keys",
    "MemoryStore",
    "ParsedKey",
    "Scanner",
    "Signal",
    "StoredKey",
    "UnknownKeyError",
    "browser_signals",
    "build_key",
    "checksum",
    "find_keys",
    "parse_key",
    "scan_files",
    "scanner_rules",
]
