"""Decisions in OpenTelemetry and Prometheus: told once each, and no id in a metric."""

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.integrations import otel, prometheus

GUARD = Guard.default()
SERVER = Context(channel="server")


def ask() -> None:
    """Three allows by three keys, a denial, and two questions that nobody can answer."""
    for number in range(3):
        key = Principal.api_key(f"key_{number}", workspace="ws_1", scopes="workspace:read")
        GUARD.check(key, "agents:read", Resource("agents", f"agt_{number}", "ws_1"), SERVER)
    GUARD.check(key, "agents.create", context=SERVER)
    for word in ("no:such", "nor:this"):
        GUARD.check(key, word, context=SERVER)


EXPECTED = {
    ("allow", "none", "agents:read"): 3,
    ("deny", "scope_missing", "agents:write"): 1,
    ("deny", "unmapped_action", "unmapped_action"): 2,
}


def counted(reader: InMemoryMetricReader) -> dict[tuple[Any, ...], Any]:
    """The series of the counter, by their labels."""
    data: Any = reader.get_metrics_data()
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    assert metric.name == "scopeguard.decisions"
    names = ("scopeguard.effect", "scopeguard.code", "scopeguard.permission")
    for point in metric.data.data_points:
        assert set(point.attributes) == set(names)
    return {tuple(point.attributes[name] for name in names): point.value for point in metric.data.data_points}


def test_a_counter_without_ids() -> None:
    """As many series as there are effects, codes and permissions, whoever asks and about whatever."""
    reader = InMemoryMetricReader()
    stop = otel.instrument(GUARD, meter_provider=MeterProvider(metric_readers=[reader]))
    ask()
    stop()
    ask()
    assert counted(reader) == EXPECTED


def test_an_event_on_the_current_span() -> None:
    """Where one is recorded; no span is made for a decision."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    stop = otel.instrument(GUARD, meter_provider=MeterProvider())
    with provider.get_tracer("tests").start_as_current_span("request"):
        ask()
    ask()
    stop()
    (span,) = exporter.get_finished_spans()
    assert [event.name for event in span.events] == ["scopeguard.decision"] * 6
    first, denial = span.events[0].attributes, span.events[3].attributes
    assert first == {
        "scopeguard.effect": "allow", "scopeguard.code": "none", "scopeguard.permission": "agents:read",
        "scopeguard.principal.kind": "api_key", "scopeguard.principal.id": "key_0", "scopeguard.policy": GUARD.digest,
    }  # fmt: skip
    assert denial is not None
    assert denial["scopeguard.operation"] == "agents.create"


def test_prometheus() -> None:
    """The same counter; one that is stopped is gone, and can be made again."""
    registry = CollectorRegistry()
    for _ in range(2):
        stop = prometheus.instrument(GUARD, registry=registry)
        ask()
        text = generate_latest(registry).decode()
        for (effect, code, permission), count in EXPECTED.items():
            labels = f'code="{code}",effect="{effect}",permission="{permission}"'
            assert f"scopeguard_decisions_total{{{labels}}} {count}.0" in text
        assert "key_" not in text
        stop()
        assert generate_latest(registry) == b""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("library", "extra"),
    [
        ("opentelemetry", "otel"),
        ("prometheus_client", "prometheus"),
        ("django", "django"),
        ("rest_framework", "drf"),
        ("flask", "flask"),
        ("fastapi", "fastapi"),
        ("starlette", "starlette"),
    ],
)
def test_an_extra_that_is_missing_is_named(library: str, extra: str) -> None:
    """What is imported says which extra to install."""
    program = (
        f"import sys; sys.modules[{library!r}] = None\n"
        f"try: import scopeguard.integrations.{extra}\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    needed = f"scopeguard.integrations.{extra} needs its extra: pip install 'scopeguard-authz[{extra}]'"
    assert done.stdout == f"{needed}\n"
