"""Embeddable policy-as-code authorization: scopes, YAML policies, explained decisions."""

import sys as _sys
from typing import TYPE_CHECKING

from scopeguard.deferred import Deferred as _Deferred

if TYPE_CHECKING:
    from scopeguard.errors import Diagnostic, PolicyError, RequestError, ScopeguardError, Severity
    from scopeguard.guard import Guard
    from scopeguard.model.access_denied import AccessDenied
    from scopeguard.model.access_request import AccessRequest
    from scopeguard.model.catalog import Catalog
    from scopeguard.model.decision import Advice, Decision, Obligation, Remedy
    from scopeguard.model.fact_types import Entitlement, Facts, FairUse, Payment, Wallet
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

# Where each name is defined. A module is imported when one of its names is first read, so that a program pays only for
# what it uses: a model of principals for another service, or an exception to catch, needs no compiler.
_HOMES = {
    "errors": ("Diagnostic", "PolicyError", "RequestError", "ScopeguardError", "Severity"),
    "guard": ("Guard",),
    "model.access_denied": ("AccessDenied",),
    "model.access_request": ("AccessRequest",),
    "model.catalog": ("Catalog",),
    "model.decision": ("Advice", "Decision", "Obligation", "Remedy"),
    "model.fact_types": ("Entitlement", "Facts", "FairUse", "Payment", "Wallet"),
    "model.grant": ("Grant",),
    "model.grant_set": ("Grants",),
    "model.principal": ("Principal",),
    "model.rendering": ("Disclosure",),
    "model.request": ("Context", "Resource"),
    "model.usage": ("Usage", "UsageEvent"),
    "runtime.explain": ("Explanation",),
    "runtime.facts": ("FactsNeeded",),
    "runtime.filters": ("Filter",),
    "runtime.listing": ("Permissions",),
    "runtime.matrix": ("Matrix",),
    "runtime.pages": ("TabState",),
    "source": ("Location",),
}
_HOME_OF = {name: f"scopeguard.{home}" for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # a type checker would take this for a package that has every name

    def __getattr__(name: str) -> object:
        home = _HOME_OF.get(name)
        if home is None:
            module = _sys.modules[__name__]
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=module)
        found = globals()[name] = getattr(_Deferred(home), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
