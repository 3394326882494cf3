"""What a condition reads: a name that nothing was given for has no value, and nobody holds what nobody was asked about."""

from types import MappingProxyType

import pytest

from scopeguard import Context, Principal, Resource
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import evaluate, outcome, settled
from scopeguard.errors import EvaluationError
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Literal

ENV = Environment(
    Principal.api_key("k", workspace="w", scopes="docs:read"),
    Resource("docs", None, "w"),
    Context(),
    RequestedAction("docs:read", "docs:read", "docs", "read", ""),
    FixedAuthority(),
    Types(resource=MappingProxyType({"docs": MappingProxyType({"owner": "string", "more": "dyn"})})),
)


@pytest.mark.parametrize("name", ["resource.owner", "resource.more", "resource.id", "context.now", "context.facts.any"])
def test_a_name_that_nothing_was_given_for_has_no_value(name: str) -> None:
    """Of whatever type it is, also of one that takes any value."""
    assert name not in ENV
    with pytest.raises(EvaluationError, match=f'"{name}" is absent'):
        ENV[name]


def test_who_holds_what_is_unknown_where_nobody_tells() -> None:
    """The question has no value then, which denies; it is not answered by the scopes that are there."""
    held = Call(ex.HOLDS, (Literal("docs:read"),))
    with pytest.raises(EvaluationError, match='nobody knows who holds "docs:read"'):
        evaluate(settled(held, ENV.holds), ENV)
    assert outcome(settled(held, ENV.holds), ENV) is None
    assert outcome(settled(Call(ex.NOT, (held,)), ENV.holds), ENV) is None
