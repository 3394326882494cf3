"""Where the documentation of codes is: the address of a page and of an anchor on it."""

from __future__ import annotations

import os
from typing import Final

SITE: Final = "https://scopeguard-authz.readthedocs.io/en/stable/docs"
"""The documentation of the latest release."""

SETTING: Final = "SCOPEGUARD_DOCS_URL"
"""The environment variable that names another site, such as a mirror within a closed network."""


def diagnostic_url(code: str) -> str:
    """The address of what is said about a diagnostic, for instance ``SG203``."""
    return f"{_site()}/reference/diagnostics.html#{code.lower()}"


def decision_code_url(code: str) -> str:
    """The address of what is said about a decision code that every pack knows, for instance ``scope_missing``."""
    return f"{_site()}/reference/decision-codes.html#{code}"


def _site() -> str:
    return (os.environ.get(SETTING) or SITE).rstrip("/")
