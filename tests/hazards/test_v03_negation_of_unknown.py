"""V03: a negation over missing data is true, so that "not blocked" lets in who was never looked up."""

from itertools import product
from pathlib import Path

import pytest

from scopeguard import Context, Principal
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import outcome
from tests.conditions import condition
from tests.hazards.packs import PACK, editor, load

CONTEXT = Context(facts={"one": 1, "text": "true", "nothing": None})
TYPES = Types(facts=dict.fromkeys(["one", "text", "nothing", "absent"], "dyn"))
ENV = Environment(
    Principal.anonymous(), None, CONTEXT, RequestedAction("a:b", "a:b", "a", "b", ""), FixedAuthority(), TYPES
)
UNKNOWN = (
    "context.facts.absent",
    "context.facts.absent == 1",
    "context.facts.one",
    "context.facts.text",
    "context.facts.nothing",
)
VALUES = (True, False, None)

AND = {
    (True, True): True, (True, False): False, (True, None): None,
    (False, True): False, (False, False): False, (False, None): False,
    (None, True): None, (None, False): False, (None, None): None,
}  # fmt: skip
OR = {
    (True, True): True, (True, False): True, (True, None): True,
    (False, True): True, (False, False): False, (False, None): None,
    (None, True): True, (None, False): None, (None, None): None,
}  # fmt: skip
NOT = {True: False, False: True, None: None}


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize(("left", "right"), list(product(VALUES, VALUES)))
def test_v03_negation_of_unknown(left: bool | None, right: bool | None, unknown: str) -> None:
    """And, or and not over true, false and unknown are Kleene's; not unknown is unknown, in whatever way it is so."""
    words = {True: "true", False: "false", None: unknown}
    assert outcome(condition(f"({words[left]}) && ({words[right]})", TYPES), ENV) is AND[left, right]
    assert outcome(condition(f"({words[left]}) || ({words[right]})", TYPES), ENV) is OR[left, right]
    assert outcome(condition(f"!({words[left]})", TYPES), ENV) is NOT[left]
    assert outcome(condition(f"!!({words[left]})", TYPES), ENV) is left


PACK_OF_TWO = PACK.replace("ready: bool", "left: bool, right: bool")
DENIES = ("and", "or", "not")


@pytest.mark.parametrize(("left", "right"), list(product(VALUES, VALUES)))
def test_v03_in_a_decision(tmp_path: Path, left: bool | None, right: bool | None) -> None:
    """The same table where a guard decides: what is unknown denies in a denial, and says so."""
    facts = {name: value for name, value in (("left", left), ("right", right)) if value is not None}
    pack = load(tmp_path, """
        {id: and, effect: deny, on: ["notes:read"], when: "context.facts.left && context.facts.right", code: not_permitted}
        {id: or, effect: deny, on: ["notes:read"], when: "context.facts.left || context.facts.right", code: not_permitted}
        {id: not, effect: deny, on: ["notes:read"], when: "!context.facts.left", code: not_permitted}
    """, PACK_OF_TWO)  # fmt: skip
    decision = pack.check(editor(), "notes:read", context=Context(facts=facts))
    values = {"and": AND[left, right], "or": OR[left, right], "not": NOT[left]}
    assert decision.rules == tuple(sorted(name for name in DENIES if values[name] is not False))
    assert decision.errors == tuple(sorted(name for name in DENIES if values[name] is None))
