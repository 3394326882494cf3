"""Provider credentials power models, speech, telephony, and other connected services."""

from itertools import chain, combinations

import pytest

from scopeguard import Guard
from tests.seed import tables, world

SOME = (*chain.from_iterable(combinations(tables.PROVIDERS, size) for size in range(3)), tables.PROVIDERS)
"""No kind, each, every two, and all: what one of them does is up to no third."""

CASES = [
    (operation, who, attributes, kinds)
    for operation, attributes, kinds in tables.PROVIDERS_NEEDED
    for who in world.askers(operation)
]
FREE = [name for name in tables.OPERATIONS if name not in {row[0] for row in tables.PROVIDERS_NEEDED}]


def test_s22_the_kinds_are_these_and_may_be_more(guard: Guard) -> None:
    """Models, speech and telephony; messaging is one of the other connected services, and other is for the rest."""
    assert guard.catalog.providers == tables.PROVIDERS


@pytest.mark.parametrize(("operation", "who", "attributes", "kinds"), CASES)
def test_s22_each_operation_needs_its_kinds_and_no_other(
    guard: Guard, operation: str, who: str, attributes: dict[str, str], kinds: tuple[str, ...]
) -> None:
    """Kinds missing: denied where it has one that is needed, and named are those."""
    for missing in SOME:
        changes = {f"providers.{kind}": "missing" for kind in missing}
        decision = world.ask(guard, operation, changes, who=who, attributes=attributes)
        needed = set(missing) & set(kinds)
        assert decision.code == ("provider_keys_missing" if needed else None), missing
        assert set(decision.providers) == needed
        assert len(decision.providers) == len(needed)


@pytest.mark.parametrize(("operation", "who", "attributes", "kinds"), CASES)
def test_s22_readiness_is_looked_up_by_kind(
    guard: Guard, operation: str, who: str, attributes: dict[str, str], kinds: tuple[str, ...]
) -> None:
    """Ready and nothing else is ready: what is not known, not told or no word of readiness denies as not known."""
    for kind in tables.PROVIDERS:
        for status in ("missing", "invalid", "unknown", "READY", "", None, True, world.GONE):
            decision = world.ask(guard, operation, {f"providers.{kind}": status}, who=who, attributes=attributes)
            told = "provider_keys_missing" if status in ("missing", "invalid") else "facts_unavailable"
            assert decision.code == (told if kind in kinds else None), (kind, status)


@pytest.mark.parametrize("operation", FREE)
def test_s22_what_needs_none_does_not_look(guard: Guard, operation: str) -> None:
    """With no kind told at all."""
    for who in world.askers(operation):
        assert world.ask(guard, operation, {"providers": world.GONE}, who=who)


@pytest.mark.parametrize("operation", ["preview.start", "tests.run"])
def test_s22_missing_speech_does_not_block_text(guard: Guard, operation: str) -> None:
    """Text goes on, audio does not; and where nobody says which of both it is, that is not taken for text."""
    changes = {"providers.speech": "missing"}
    for who in world.askers(operation):
        asked = {
            modality: world.ask(
                guard, operation, changes, who=who, attributes={"modality": modality} if modality else {}
            )
            for modality in ("text", "audio", "")
        }
        codes = {modality: decision.code for modality, decision in asked.items()}
        assert codes == {"text": None, "audio": "provider_keys_missing", "": "facts_unavailable"}


@pytest.mark.parametrize("environment", ["production", "preview", "test"])
def test_s22_previews_and_tests_need_them_too(guard: Guard, environment: str) -> None:
    """Nothing speaks without a model, whatever it counts on."""
    for operation, attributes, kinds in tables.PROVIDERS_NEEDED:
        changes = {f"providers.{kind}": "missing" for kind in kinds}
        decision = world.ask(guard, operation, changes, environment=environment, attributes=attributes)
        assert set(decision.providers) == set(kinds)
