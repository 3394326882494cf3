"""API keys where they must not be: sent from a browser, or written into a text that others can read.

Pure functions: they read what they are given and nothing else, and no answer of theirs holds a secret. What they find
is a reason to refuse; that they find nothing is no proof of anything.
"""

from scopeguard.exposure.browsers import Headers, Signal, browser_signals
from scopeguard.exposure.keys import ExposedKey, build_key, checksum, find_keys

__all__ = ["ExposedKey", "Headers", "Signal", "browser_signals", "build_key", "checksum", "find_keys"]
