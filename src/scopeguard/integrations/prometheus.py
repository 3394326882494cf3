"""Decisions in Prometheus: a counter. Needs the extra ``prometheus``."""

from collections.abc import Callable
from typing import Final

from scopeguard import AccessRequest, Decision, Guard
from scopeguard.integrations.decision_labels import labels

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "prometheus_client":
        raise
    needed = "scopeguard.integrations.prometheus needs its extra: pip install 'scopeguard-authz[prometheus]'"
    raise ModuleNotFoundError(needed, name="prometheus_client") from None

COUNTER: Final = "scopeguard_decisions"


def instrument(guard: Guard, *, registry: CollectorRegistry = REGISTRY) -> Callable[[], None]:
    """Count in *registry* each decision of *guard* by effect, code and permission; the function returned stops that.

    No id is a label: how many series there are is up to the pack, and not to who asks.
    """
    counter = Counter(COUNTER, "Decisions of scopeguard.", ["effect", "code", "permission"], registry=registry)

    def tell(decision: Decision, asked: AccessRequest) -> None:
        counter.labels(**labels(decision)).inc()

    stop = guard.observe(tell)

    def stopped() -> None:
        stop()
        registry.unregister(counter)

    return stopped
