"""Recovery states."""

from pathlib import Path

import pytest

from scopeguard import Guard
from scopeguard.testing import collect
from tests.seed import tables, world

# The four of the list, each with an operation that is denied so, what is wrong, and where it is mended.
STATES: dict[str, tuple[str, dict[str, object], int, str, str]] = {
    "provider_keys_missing": ("preview.start", {"providers.model": "missing"}, 409, "open", "settings/providers"),
    "payment_interrupted": ("messages.send", {"payment.status": "interrupted"}, 402, "open", "billing/payment_methods"),
    "entitlement_limit_reached": ("agents.create", {"entitlements.agents.used": 10}, 402, "open", "billing/usage"),
    "member_permission_missing": ("agents.create", {}, 403, "ask", "settings/members"),
}
BESIDES = {"fair_use_exhausted", "wallet_empty"}
"""States that follow from other sentences: separate fair-use limits, and the wallet."""


def test_s32_the_registry_can_be_listed(guard: Guard) -> None:
    """Of the class recovery are the four, the two besides, and no other."""
    listed = {name for name, code in guard.catalog.codes.items() if code.kind == "recovery"}
    assert listed == {*STATES, *BESIDES}


@pytest.mark.parametrize("name", [*STATES, *sorted(BESIDES)])
def test_s32_each_says_how_to_recover_and_where(guard: Guard, name: str) -> None:
    """A title, a sentence for people, what to do, and a page of Settings or Billing where it is mended."""
    code = guard.catalog.codes[name]
    assert code.title
    assert code.remedy
    assert code.remedy.endswith(".")
    assert code.action in {"open", "ask", "wait"}
    assert code.target
    page, _, entry = code.target.partition("/")
    assert entry in {tab.id for tab in guard.catalog.settings[page]}


@pytest.mark.parametrize("name", STATES)
def test_s32_each_is_given(guard: Guard, name: str) -> None:
    """The decision has the code, its class, its status and the remedy of the registry."""
    operation, changes, status, action, target = STATES[name]
    if name == "member_permission_missing":
        decision = guard.check(world.member("viewer"), operation, context=world.context("dashboard", changes))
    else:
        decision = world.ask(guard, operation, changes)
    assert (decision.code, decision.category, decision.status) == (name, "recovery", status)
    assert decision.title == guard.catalog.codes[name].title
    assert decision.remedy is not None
    assert (decision.remedy.action, decision.remedy.target) == (action, target)
    assert "{" not in decision.remedy.text


@pytest.mark.parametrize("role", [*tables.ROLES, None])
def test_s32_no_state_closes_the_way_to_its_remedy(guard: Guard, role: str | None) -> None:
    """Where everything is denied at once, each tab and item is as it is in a healthy workspace."""
    who = world.member(*([role] if role else []))
    for ask in (guard.settings_tabs, guard.billing_panels):
        assert ask(who, world.context("dashboard", world.BROKEN)) == ask(who, world.context("dashboard"))


def test_s32_each_stands_in_the_tests_of_the_pack() -> None:
    """Reviewers find every state, and what could not be read or is not there at all, in a file beside the policies."""
    (suite,) = (suite for suite in collect() if suite.file.endswith("recovery_states_test.yaml"))
    told = {cell.expected for cell in suite.cells}
    assert told >= {*STATES, *BESIDES, "facts_unavailable", "feature_not_available"}


def test_s32_each_of_its_sentences_has_its_tests() -> None:
    """S33 to S36 are the text under this heading."""
    here = Path(__file__).parent
    assert all(list(here.glob(f"test_s{number}_*.py")) for number in range(33, 37))
