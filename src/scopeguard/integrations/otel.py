"""Decisions in OpenTelemetry: an event on the current span, and a counter. Needs the extra ``otel``."""

from collections.abc import Callable
from typing import Final

from scopeguard import AccessRequest, Decision, Guard
from scopeguard.integrations.decision_labels import labels

try:
    from opentelemetry.metrics import MeterProvider, get_meter
    from opentelemetry.trace import get_current_span
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "opentelemetry":
        raise
    needed = "scopeguard.integrations.otel needs its extra: pip install 'scopeguard-authz[otel]'"
    raise ModuleNotFoundError(needed, name="opentelemetry") from None

EVENT: Final = "scopeguard.decision"
COUNTER: Final = "scopeguard.decisions"


def instrument(guard: Guard, *, meter_provider: MeterProvider | None = None) -> Callable[[], None]:
    """Report every decision of *guard* to OpenTelemetry, by *meter_provider*; the function returned stops that.

    The span that is current gets an event with the effect, the code, the action, who asked and the digest of the
    policies, where it is recorded; no span is made. The counter has the effect, the code and the permission, and no
    id: how many series there are is up to the pack, and not to who asks.
    """
    meter = get_meter("scopeguard", meter_provider=meter_provider)
    counter = meter.create_counter(COUNTER, unit="{decision}", description="Decisions of scopeguard.")

    def tell(decision: Decision, asked: AccessRequest) -> None:
        found = labels(decision)
        counter.add(1, {f"scopeguard.{name}": value for name, value in found.items()})
        span = get_current_span()
        if span.is_recording():
            principal = asked.principal
            values = {
                **found,
                "operation": decision.operation,
                "principal.kind": principal.kind,
                "principal.id": principal.id,
                "policy": decision.policy_digest,
            }
            span.add_event(EVENT, {f"scopeguard.{name}": value for name, value in values.items() if value is not None})

    return guard.observe(tell)
