"""What a catalog says of its surfaces, operations and roles."""

from pathlib import Path

import pytest

from scopeguard import Guard
from scopeguard.model.catalog import Catalog, Operation, Surface

PACK = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write], coarse: true}
    secrets: {actions: [read], explicit_only: true, because: it is private}
    billing: {actions: [view], holdable_by: [member]}
    sign_in: {actions: [start]}
  operations:
    agents.publish: {needs: "agents:write"}
roles:
  reader: {holds: ["agents:read"], rank: 1}
  writer: {holds: ["agents:read", "agents:write"], rank: 2}
"""

NOTHING = Operation("a", "agents:read")
METERED = Operation("b", "agents:read", meter="runs")
FAIR = Operation("c", "agents:read", fair_use="calls")
BOTH = Operation("d", "agents:read", meter="runs", fair_use="calls", instead={"test": "tests"})
INSTEAD = Operation("e", "agents:read", instead={"test": "tests"})


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """That of a small pack."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path).catalog


def test_surfaces_that_have_to_be_granted_by_name(catalog: Catalog) -> None:
    """Of those that a key may hold, each that no coarse scope reaches; what no key may hold is none of them."""
    assert catalog.surfaces["billing"].coarse is False
    assert catalog.explicit_only == {"secrets", "sign_in"}


def test_the_surface_of_an_action(catalog: Catalog) -> None:
    """Of a permission as of an operation."""
    found = {action: catalog.surface_of(action) for action in ("agents:read", "agents.publish", "agents", "none:read")}
    assert found == {"agents:read": "agents", "agents.publish": "agents", "agents": "agents", "none:read": None}


@pytest.mark.parametrize(
    ("operation", "is_metered", "in_production", "in_test", "counted"),
    [
        (NOTHING, False, (), (), set()),
        (METERED, True, ("runs",), ("runs",), {"runs"}),
        (FAIR, True, ("calls",), ("calls",), {"calls"}),
        (BOTH, True, ("runs", "calls"), ("tests",), {"runs", "calls", "tests"}),
        (INSTEAD, True, (), ("tests",), {"tests"}),
    ],
)  # fmt: skip
def test_what_an_operation_counts_on(
    operation: Operation, is_metered: bool, in_production: tuple[str, ...], in_test: tuple[str, ...], counted: set[str]
) -> None:
    """In each environment, and in any."""
    assert operation.is_metered is is_metered
    assert operation.meters("production") == in_production
    assert operation.meters("test") == in_test
    assert {meter for meter in ("runs", "calls", "tests", "others") if operation.counts_on(meter)} == counted


def test_what_reads_a_surface() -> None:
    """The first of its actions that reads, whatever their order; none, where none does."""
    parts = {"coarse": True, "holdable_by": frozenset[str]()}
    found = [Surface("s", actions, **parts).reading for actions in (("view", "read"), ("view",), ("write",))]  # type: ignore[arg-type]
    assert found == ["s:read", "s:view", None]


def test_what_is_left_out_is_not_so() -> None:
    """Of a surface and an operation that say no more than they have to."""
    surface = Surface("s", ("read",), coarse=True, holdable_by=frozenset())
    assert not surface.qualifiable
    assert not NOTHING.audited
    assert not NOTHING.must_say_quantity
