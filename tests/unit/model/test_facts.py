"""The shapes of facts say what gates read."""

from scopeguard import Entitlement, Facts, FairUse, Payment, Wallet
from scopeguard.semantics.built_in_variables import standard_facts


def test_the_shapes_are_those_that_conditions_can_read() -> None:
    """Every field of every shape is a fact with a type, and no fact lacks its shape; auto-recharge and the like too."""
    shapes = {"entitlements.m": Entitlement, "fair_use.b": FairUse, "payment": Payment, "wallet": Wallet}
    fields = {f"{path}.{name}" for path, shape in shapes.items() for name in shape.__annotations__}
    fields |= {"as_of", "quantity", "providers.as_of", "providers.model"}
    assert set(standard_facts(["m"], ["b"], ["model"])) == fields
    assert set(Facts.__annotations__) == {path.partition(".")[0] for path in fields}
