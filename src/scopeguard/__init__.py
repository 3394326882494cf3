"""Embeddable policy-as-code authorization: scopes, YAML policies, explained decisions."""

from scopeguard.errors import AccessDenied, Diagnostic, PolicyError, RequestError, ScopeguardError, Severity
from scopeguard.guard import Guard
from scopeguard.model.catalog import Catalog
from scopeguard.model.decision import Decision, Obligation, Remedy
from scopeguard.model.grant import Grant
from scopeguard.model.grants import Grants
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource

__version__ = "0.1.0"

__all__ = [
    "AccessDenied",
    "Catalog",
    "Context",
    "Decision",
    "Diagnostic",
    "Grant",
    "Grants",
    "Guard",
    "Obligation",
    "PolicyError",
    "Principal",
    "Remedy",
    "RequestError",
    "Resource",
    "ScopeguardError",
    "Severity",
    "__version__",
]
