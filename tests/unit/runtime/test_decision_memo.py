"""Telling: a decision that is kept by all that it depends on is the one that the evaluator would make anew."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.limits import CALLS_BEFORE_CODE, MAX_TOLD
from scopeguard.model.request import or_left_out
from scopeguard.runtime.decision_memo import DecisionMemo
from scopeguard.runtime.engine import ANY
from scopeguard.runtime.templates import filled
from tests.facts import GONE, changed
from tests.kept import engine_of, kept_answers
from tests.seed.world import NOW, Asker, askers, healthy, key

REQUESTS = 60
"""For each operation and each who may do it."""
LATER = NOW + timedelta(1)

QUANTITIES = (GONE, 1, True, 1.0, 2, 2.0, 0, False, -1, 7, None, "1", [1], {"one": 1})
TIMES = (GONE, NOW, LATER, LATER + timedelta(1), "soon", None, 1)
RECORDS: tuple[object, ...] = (GONE, None, "used status limit", 1, [], {})
STATUSES = (GONE, "ok", "low", "grace", "interrupted", "empty", "lost", None, 1)
LIMIT: dict[str, tuple[object, ...]] = {
    "limit": (GONE, 0, 5, 6, 6.0, None, -1, 2**63 - 1), "used": (GONE, 0, 5, 10, True, 2**63 - 1), "resets_at": TIMES,
    "as_of": (NOW, LATER, None, "now"),
}  # fmt: skip
SOFT: dict[str, tuple[object, ...]] = {
    "kind": ("soft", "hard", "other", None), "unlimited": (True, False, None, 1), "enabled": (True, False, 0), "reserved": (GONE, 0, 1, None),
}  # fmt: skip


SOUND: dict[str, tuple[object, ...]] = {
    "payment.status": ("grace", "interrupted"), "wallet.status": ("low", "empty"), "as_of": (NOW, NOW - timedelta(minutes=1)),
    "quantity": (1, 2, 7), "limit": (0, 5, 6), "used": (0, 5, 10, 11), "reserved": (0, 1), "kind": ("soft", "soft", "hard"),
    "unlimited": (True, False), "enabled": (True, False), "resets_at": TIMES[:4], "grace_until": TIMES[1:4],
    "auto_recharge": ("pending", "failed"), "providers": ("ready", "missing", "invalid"),
}  # fmt: skip
"""What is chosen mostly, by the end or the beginning of a path: of most of the rest, gates say no more than that."""


def choices() -> dict[str, tuple[object, ...]]:
    """What may be changed in the facts of a healthy workspace, by path, and to what: few values, so that keys collide."""
    facts = healthy()
    found = {"as_of": (GONE, NOW - timedelta(1), LATER, "now", NOW - timedelta(minutes=1)), "quantity": QUANTITIES}
    found |= {
        f"providers.{kind}": (GONE, "missing", "invalid", "lost", True, 1, 1.0, None) for kind in facts["providers"]
    }
    found |= {f"{name}.status": STATUSES for name in ("payment", "wallet")}
    found |= {"payment.grace_until": TIMES[1:], "wallet.auto_recharge": ("pending", "failed", "on", None, 1)}
    for root, fields in (("entitlements", LIMIT | SOFT), ("fair_use", LIMIT)):
        found |= {f"{root}.{name}.{field}": values for name in facts[root] for field, values in fields.items()}
        found |= {f"{root}.{name}": RECORDS for name in facts[root]}
    return found | dict.fromkeys(ROOTS, RECORDS)


ROOTS = ("providers", "payment", "wallet", "entitlements", "fair_use")
CHOICES = choices()


def drawn(random: Random, path: str) -> object:
    """A value for a path."""
    sound = next((SOUND[part] for part in (path, path.rpartition(".")[2], path.partition(".")[0]) if part in SOUND), ())
    return random.choice(sound if sound and path != "providers" and random.random() < 0.75 else CHOICES[path])


class Case(NamedTuple):
    """One request."""

    principal: Principal
    action: str
    resource: Resource | None
    context: Context

    def of(self, guard: Guard) -> Decision:
        """What a guard answers."""
        return guard.check(self.principal, self.action, or_left_out(self.resource), self.context)


ENVIRONMENTS = ("preview", "test", "production")
ATTRIBUTES: tuple[dict[str, tuple[str, ...]], ...] = (
    {"modality": ("text", "audio"), "distribution": ("phone", "widget", "whatsapp")},
    {},
    {"modality": ("text", "audio")},
    {"distribution": ("phone", "widget")},
)


def circumstances(random: Random, channel: str, paths: list[str], number: int) -> Context:
    """A workspace that is healthy but for a few things, mostly of those that stand below *paths*.

    Of classes of contexts, for each of which there is code to be made, *number* chooses two.
    """
    chosen = set()
    for _ in range(random.randrange(5)):
        near = random.choice(paths) if random.random() < 0.8 else ""
        chosen.add(
            random.choice(
                [path for path in CHOICES if path.startswith(near) and (path not in ROOTS or random.random() < 0.1)]
            )
        )
    # Records go last, since nothing can be changed in what is none.
    changes = {path: drawn(random, path) for path in sorted(chosen, key=lambda path: (-path.count("."), path))}
    facts = healthy()
    if random.random() < 0.1:
        facts["entitlements"] = {
            name: {**each, "kind": "soft", "used": 10} for name, each in facts["entitlements"].items()
        }
    is_usual = random.random() < 0.7
    attributes = ATTRIBUTES[0 if is_usual else number % len(ATTRIBUTES)]
    return Context(
        channel,
        "production" if is_usual else ENVIRONMENTS[number % len(ENVIRONMENTS)],
        changed(facts, changes),
        NOW if random.random() < 0.97 else None,
        {name: random.choice(words) for name, words in attributes.items()},
    )


def operations(guard: Guard) -> list[str]:
    """Every operation that counts on something or that a gate speaks of."""
    program = guard._generation.program
    acts = {name: program.known(name) for name in guard.catalog.operations}
    return [name for name, act in acts.items() if act.metered or any(rule.gate for rule in (*act.denies, *act.advises))]


def read_by(guard: Guard, operation: str) -> list[str]:
    """The facts that the gates of an operation read, by the paths that they stand below."""
    act = guard._generation.program.known(operation)
    gates = [rule.gate for rule in (*act.denies, *act.advises) if rule.gate is not None]
    providers = [f"providers.{kind}" for gate in gates for kind in gate.providers]
    return [*{gate.record for gate in gates if not gate.providers}, *providers, "quantity"]


def cases(guard: Guard, operation: str, random: Random, number: int) -> Iterator[Case]:
    """Requests of some who may do an operation, each of another kind, and of one who may not."""
    paths = sorted(read_by(guard, operation))
    found: dict[str, Asker] = {each.principal.kind: each for each in reversed(askers(operation).values())}
    found = dict(list(found.items())[number % 2 :][:2] or found.items())
    found["nobody"] = Asker(key("agents:read"), "browser")
    for asker in found.values():
        for _ in range(REQUESTS if asker.channel != "browser" else 10):
            yield Case(asker.principal, operation, asker.resource, circumstances(random, asker.channel, paths, number))


def test_what_is_kept_equals_what_is_made() -> None:
    """In two orders, one guard gives what the evaluator gives for each request alone: the whole of each decision."""
    random, guard = Random(0), Guard.default()
    codes: Counter[str | None] = Counter()
    advice: Counter[str] = Counter()
    kept = 0
    for number, operation in enumerate(operations(guard)):
        asked = list(cases(guard, operation, random, number))
        # By class alone, so that everything else is left to the evaluator, which keeps nothing.
        rests = {who: guard._generation.residual(who, operation, at=ANY) for who in {case.principal for case in asked}}
        expected = [
            filled(rests[who].decide(who, about, where), who, about)
            for who, about, where in ((case.principal, case.resource, case.context) for case in asked)
        ]
        order = [*range(len(asked))]
        for _ in range(2):
            for at in order:
                assert asked[at].of(guard) == expected[at], asked[at]
            random.shuffle(order)
        codes.update(decision.code for decision in expected)
        advice.update(each.code for decision in expected for each in decision.advice)
        # A decision is an object of its own each time that the evaluator makes it.
        again = [case.of(guard) for case in asked]
        kept += sum(one is case.of(guard) for one, case in zip(again, asked, strict=True))
    wanted = {None, "facts_unavailable", "provider_keys_missing", "payment_interrupted", "wallet_empty",
              "entitlement_limit_reached", "fair_use_exhausted"}  # fmt: skip
    assert {code for code in wanted if codes[code] >= 6} == wanted
    assert {code for code in ("payment_grace", "limit_exceeded_soft") if advice[code] >= 6} == {
        "payment_grace",
        "limit_exceeded_soft",
    }
    assert kept > codes.total() // 2
    assert all(0 < len(telling.told) <= MAX_TOLD for telling in tellings(guard) if telling.told)


def tellings(guard: Guard) -> list[DecisionMemo]:
    """What the cells of a guard keep decisions in."""
    found = []
    for each in kept_answers(engine_of(guard)):
        parts = [each.answer, *getattr(each.answer, "__globals__", {}).values()]
        found += [owner for part in parts if isinstance(owner := getattr(part, "__self__", None), DecisionMemo)]
    return list({id(each): each for each in found}.values())


def test_no_cell_keeps_more_than_its_bound() -> None:
    """A meter that resets at ever other times: each is told rightly, before and beyond the bound, and again."""
    guard, who = Guard.default(), key("workspace:write")
    for _ in range(2):
        for number in range(3 * MAX_TOLD):
            resets_at = NOW + timedelta(minutes=number)
            record = {"limit": 0, "used": 0, "reserved": 0, "resets_at": resets_at}
            context = Context("server", facts=changed(healthy(), {"entitlements.knowledge_uploads": record}), now=NOW)
            found = guard.check(who, "knowledge.upload", context=context)
            assert (found.code, found.retry_at) == ("entitlement_limit_reached", resets_at)
    assert [0 < len(telling.told) <= MAX_TOLD for telling in tellings(guard)] == [True]


@pytest.mark.parametrize(
    "order", [(True, 1, 1.0, 2), (1.0, 1, True, 2), (1, True, 2, 1.0), (2, 1.0, True, 1)], ids=repr
)
def test_what_is_equal_to_a_quantity_is_none(order: tuple[Any, ...]) -> None:
    """True and 1.0 are equal to 1 and find nothing that was kept for it, whatever came first."""
    guard, who = Guard.default(), key("workspace:write")
    for quantity in order * CALLS_BEFORE_CODE:
        found = guard.check(
            who, "knowledge.upload", context=Context("server", facts=healthy({"quantity": quantity}), now=NOW)
        )
        if type(quantity) is int:
            assert [each.quantity for each in found.obligations if each.kind == "meter"] == [quantity]
        else:
            assert (found.code, found.obligations) == ("facts_unavailable", ())


def asked_to(
    guard: Guard, changes: dict[str, object], *, environment: str = "production", operation: str = "messages.send"
) -> Decision:
    """An operation in a workspace that is healthy but for *changes*."""
    context = Context("server", environment, healthy(changes), NOW, {"distribution": "phone"})
    return guard.check(key("workspace:write"), operation, context=context)


def test_what_a_denial_tells_is_of_its_own_request() -> None:
    """Each part that a decision may take from the facts is taken from those of the request, one after the other."""
    guard = Guard.default()
    full = {"entitlements.text_chat_messages.used": 10}
    for _ in range(CALLS_BEFORE_CODE + 2):
        for time in (NOW, LATER, None, "soon"):
            expected = time if time in (NOW, LATER) else None
            assert asked_to(guard, {**full, "entitlements.text_chat_messages.resets_at": time}).retry_at == expected
        for state, action in (
            ("pending", "wait"),
            ("failed", "open"),
            ("pending", "wait"),
            ("on", "open"),
            (1, "open"),
        ):
            found = asked_to(guard, {"wallet.status": "empty", "wallet.auto_recharge": state})
            assert found.remedy is not None
            assert (found.code, found.remedy.action) == ("wallet_empty", action)
        for environment, meter in (
            ("production", "text_chat_messages"),
            ("preview", "fair_use_preview"),
            ("test", "fair_use_test"),
        ):
            metered = [
                each.meter for each in asked_to(guard, {}, environment=environment).obligations if each.kind == "meter"
            ]
            assert metered == [meter]
        for ready in ("missing", "invalid"):
            found = asked_to(
                guard, {"providers.speech": ready, "providers.telephony": "ready"}, operation="channel.setup"
            )
            assert (found.code, found.providers) == ("provider_keys_missing", ("speech",))
            found = asked_to(guard, {"providers.telephony": ready}, operation="channel.setup")
            assert found.providers == ("telephony",)


def test_what_is_the_same_is_made_once() -> None:
    """Two requests that differ in nothing that a decision depends on get one object."""
    guard = Guard.default()
    full: dict[str, object] = {"entitlements.text_chat_messages.used": 10}
    first = [asked_to(guard, full) for _ in range(CALLS_BEFORE_CODE + 2)][-1]
    assert first.code == "entitlement_limit_reached"
    assert asked_to(guard, {**full, "owner_count": 7, "wallet.status": "low"}) is first
    assert asked_to(guard, {**full, "wallet.status": "empty"}).also == ("wallet_empty",)
