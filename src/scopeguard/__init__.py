"""Embeddable policy-as-code authorization: scopes, YAML policies, explained decisions."""

from scopeguard.errors import Diagnostic, PolicyError, RequestError, ScopeguardError, Severity
from scopeguard.guard import Guard
from scopeguard.model.access_denied import AccessDenied
from scopeguard.model.access_request import AccessRequest
from scopeguard.model.catalog import Catalog
from scopeguard.model.decision import Advice, Decision, Obligation, Remedy
from scopeguard.model.facts import Entitlement, Facts, FairUse, Payment, Wallet
from scopeguard.model.grant import Grant
from scopeguard.model.grant_set import Grants
from scopeguard.model.principal import Principal
from scopeguard.model.rendering import Disclosure
from scopeguard.model.request import Context, Resource
from scopeguard.model.usage import Usage, UsageEvent
from scopeguard.runtime.explain import Explanation
from scopeguard.runtime.facts import FactsNeeded
from scopeguard.runtime.filters import Filter
from scopeguard.runtime.listing import Permissions
from scopeguard.runtime.matrix import Matrix
from scopeguard.runtime.pages import TabState
from scopeguard.source import Location

__version__ = "0.1.0"
__distribution__ = "scopeguard-authz"

__all__ = [
    "AccessDenied",
    "AccessRequest",
    "Advice",
    "Catalog",
    "Context",
    "Decision",
    "Diagnostic",
    "Disclosure",
    "Entitlement",
    "Explanation",
    "Facts",
    "FactsNeeded",
    "FairUse",
    "Filter",
    "Grant",
    "Grants",
    "Guard",
    "Location",
    "Matrix",
    "Obligation",
    "Payment",
    "Permissions",
    "PolicyError",
    "Principal",
    "Remedy",
    "RequestError",
    "Resource",
    "ScopeguardError",
    "Severity",
    "TabState",
    "Usage",
    "UsageEvent",
    "Wallet",
    "__version__",
]
