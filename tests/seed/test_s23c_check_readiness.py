"""And check provider readiness if previews or distribution channels are disabled."""

import re

import pytest

from scopeguard import Guard
from scopeguard.model.request import or_left_out
from scopeguard.runtime.explain import Explanation
from tests.seed import tables, world

CHECKED = [row for row in tables.PROVIDERS_NEEDED if row[0] in {"preview.start", "channel.setup"}]
CASES = [(*row, who) for row in CHECKED for who in world.askers(row[0])]


def explained(
    guard: Guard, operation: str, who: str, attributes: dict[str, str], changes: dict[str, object]
) -> Explanation:
    """Why the operation is denied in a workspace that is healthy but for *changes*."""
    asker = world.askers(operation)[who]
    context = world.context(asker.channel, changes, attributes=attributes)
    return guard.explain(asker.principal, operation, or_left_out(asker.resource), context)


def readiness(shown: Explanation) -> dict[str, str]:
    """What an explanation tells of each kind of credential."""
    found = [
        re.findall(r"context\.facts\.providers\.(\w+) = (\w+|\"\w+\")", str(each))
        for item in shown.looked
        for each in item.clauses
    ]
    return {kind: status.strip('"') for pairs in found for kind, status in pairs if kind != "as_of"}


@pytest.mark.parametrize(("operation", "attributes", "kinds", "who"), CASES)
@pytest.mark.parametrize("status", ["missing", "invalid"])
def test_s23c_the_explanation_has_the_readiness_of_each_kind(
    guard: Guard, operation: str, attributes: dict[str, str], kinds: tuple[str, ...], who: str, status: str
) -> None:
    """Each kind in turn is not ready: the explanation names its state, and that of the others that are needed."""
    for broken in kinds:
        shown = explained(guard, operation, who, attributes, {f"providers.{broken}": status})
        assert shown.decision.code == "provider_keys_missing"
        assert {kind: readiness(shown)[kind] for kind in kinds} == {
            kind: status if kind == broken else "ready" for kind in kinds
        }
        assert f'context.facts.providers.{broken} = "{status}"' in str(shown)


@pytest.mark.parametrize(("operation", "attributes", "kinds", "who"), CASES)
def test_s23c_the_remedy_points_to_settings(
    guard: Guard, operation: str, attributes: dict[str, str], kinds: tuple[str, ...], who: str
) -> None:
    """The same in the decision and in what people read: which kinds, and that they are mended in Settings, Providers."""
    shown = explained(guard, operation, who, attributes, {f"providers.{kind}": "missing" for kind in kinds})
    remedy = shown.decision.remedy
    assert remedy is not None
    assert (remedy.action, remedy.target) == ("open", "settings/providers")
    assert "in Settings → Providers, then check provider readiness." in remedy.text
    assert all(kind in remedy.text for kind in kinds)
    assert remedy.text in str(shown)


@pytest.mark.parametrize(("operation", "attributes", "kinds", "who"), CASES)
def test_s23c_readiness_is_told_whatever_else_is_wrong(
    guard: Guard, operation: str, attributes: dict[str, str], kinds: tuple[str, ...], who: str
) -> None:
    """Not only where it is the reason: of a preview denied for its fair use the readiness is there too."""
    shown = explained(guard, operation, who, attributes, {"fair_use.fair_use_preview.used": 10})
    if operation == "preview.start":
        assert shown.decision.code == "fair_use_exhausted"
    assert readiness(shown)["model"] == "ready"
    assert set(readiness(shown)) <= set(kinds) | {"speech", "telephony", "messaging"}


@pytest.mark.parametrize(("operation", "attributes", "kinds", "who"), CASES)
def test_s23c_what_is_not_known_is_told_as_not_known(
    guard: Guard, operation: str, attributes: dict[str, str], kinds: tuple[str, ...], who: str
) -> None:
    """Where the host does not tell of a kind, nothing is made up; the remedy names Settings, Providers still."""
    shown = explained(guard, operation, who, attributes, {"providers.model": world.GONE})
    assert shown.decision.code == "facts_unavailable"
    assert "model" not in readiness(shown)
    assert 'no value for "context.facts.providers.model"' in str(shown)
    assert shown.decision.remedy is not None
    assert "Settings → Providers" in shown.decision.remedy.text
