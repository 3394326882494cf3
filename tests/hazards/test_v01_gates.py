"""V01, V02 and V03 for gates: a fact that is missing or malformed makes a gate neither silent nor open."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, RequestError
from tests.hazards.gated import DENYING, GATES, GONE, NOW, PACK, WRITER, context, facts, load

# What each gate reads, by operation: paths, each with the values that are none for it.
TEXT: list[object] = [GONE, None, "", "unknown", "ok ", "READY", 1, 1.0, True, b"ok", ["ok"], {"status": "ok"}, NOW]
NUMBER: list[object] = [GONE, None, "1", "", 1.0, True, False, -1, -(2**63), [1], {"n": 1}, b"1", NOW]
READ = [
    ("notes.ask", "providers.model", TEXT),
    ("notes.pay", "payment.status", TEXT),
    ("notes.spend", "wallet.status", TEXT),
    ("notes.add", "entitlements.sheets.limit", NUMBER),
    ("notes.add", "entitlements.sheets.used", NUMBER),
    ("notes.add", "entitlements.sheets.reserved", NUMBER),
    ("notes.try", "fair_use.trials.limit", NUMBER),
    ("notes.try", "fair_use.trials.used", NUMBER),
]
OPTIONAL: list[tuple[str, str, list[object]]] = [
    ("notes.add", "entitlements.sheets.kind", [None, "", "Soft", "firm", 1, True]),
    ("notes.add", "entitlements.sheets.unlimited", [None, "true", "", 1, 0, [True]]),
    ("notes.add", "entitlements.sheets.enabled", [None, "true", 1, 0, []]),
    ("notes.add", "quantity", [None, "1", 1.0, True, 0, -1]),
    ("notes.try", "quantity", [None, "1", 1.0, True, 0, -1]),
]
"""What may be left out, and may not be malformed."""

RECORDS = [
    ("notes.ask", "providers"), ("notes.pay", "payment"), ("notes.spend", "wallet"), ("notes.add", "entitlements"),
    ("notes.add", "entitlements.sheets"), ("notes.try", "fair_use"), ("notes.try", "fair_use.trials"),
]  # fmt: skip
SPOILT = [(operation, path, value) for operation, path, values in (*READ, *OPTIONAL) for value in values]
SPOILT += [(operation, path, value) for operation, path in RECORDS for value in (GONE, None, "ok", 1, True, [], {})]
SPOILT += [
    (operation, "as_of", value) for operation in GATES for value in (GONE, None, "2026-01-31T12:00:00Z", 0, True)
]


@pytest.fixture(scope="module")
def blocking(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The pack whose gates deny."""
    return load(tmp_path_factory.mktemp("block"))


@pytest.fixture(scope="module")
def advising(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The pack whose gates advise."""
    return load(tmp_path_factory.mktemp("advise"), "advise")


@pytest.mark.parametrize("operation", GATES)
def test_v01_gates_read_what_is_sound(blocking: Guard, advising: Guard, operation: str) -> None:
    """With sound facts each gate allows or denies by its own code, so that the rest of this page shows something."""
    gate, code = GATES[operation]
    for guard in (blocking, advising):
        healthy = guard.check(WRITER, operation, context=context())
        assert (healthy.allowed, healthy.advice) == (True, ())
    denied = blocking.check(WRITER, operation, context=context(DENYING[operation]))
    assert (denied.code, denied.rules, denied.errors) == (code, (gate,), ())
    assert denied.reason == f"rule {gate} denies notes:write"
    told = advising.check(WRITER, operation, context=context(DENYING[operation]))
    assert (told.allowed, [each.code for each in told.advice]) == (True, [code])


@pytest.mark.parametrize(
    ("operation", "path", "value"), SPOILT, ids=lambda value: "gone" if value is GONE else repr(value)
)
def test_v01_a_gate_without_its_fact_denies_or_says_so(
    blocking: Guard, advising: Guard, operation: str, path: str, value: object
) -> None:
    """Missing, null, of another type, below zero, no known word, no record: no default is put in its place."""
    gate, _ = GATES[operation]
    denied = blocking.check(WRITER, operation, context=context({path: value}))
    assert (denied.code, denied.rules, denied.errors) == ("facts_unavailable", (gate,), (gate,))
    assert denied.reason == f"what {gate} depends on is missing, stale or malformed"
    told = advising.check(WRITER, operation, context=context({path: value}))
    assert (told.allowed, [each.code for each in told.advice]) == (True, ["facts_unavailable"])


def test_v01_a_denial_tells_of_the_gates_that_give_its_code(tmp_path: Path) -> None:
    """Another gate of the same stage denies as well, by another code: its meter is nothing to this one."""
    two = PACK.replace("{id: g.wallet, mode: MODE, on: [notes.spend]", "{id: g.a, mode: MODE, on: [notes.add]")
    spent = {**DENYING["notes.spend"], **DENYING["notes.add"]}
    denied = load(tmp_path, pack=two).check(WRITER, "notes.add", context=context(spent))
    assert (denied.code, denied.rules) == ("wallet_empty", ("g.a", "g.entitlement"))
    assert (denied.also, denied.meter) == (("entitlement_limit_reached",), None)


@pytest.mark.parametrize("operation", GATES)
@pytest.mark.parametrize(
    "told", [Context(channel="server"), Context(channel="server", now=NOW), Context(channel="server", facts=facts())],
    ids=["nothing", "no facts", "no time"],
)  # fmt: skip
def test_v02_no_facts_and_no_time(blocking: Guard, operation: str, told: Context) -> None:
    """A host that tells nothing gets no more than one that tells of an exhausted account."""
    assert blocking.check(WRITER, operation, context=told).code == "facts_unavailable"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2**63, -(2**63) - 1, 10**400])
def test_v01_no_fact_is_a_number_that_cannot_be_compared(value: float) -> None:
    """What is not finite, or beyond 64 bits, does not get as far as a gate."""
    for _, path, _ in (*READ, *OPTIONAL):
        with pytest.raises(RequestError):
            context({path: value})


WHEN = PACK.replace("channels: [server]", "channels: [server]\n  attributes: {facts: {is_new: bool}}")


@pytest.mark.parametrize("told", [GONE, None, "true", 1])
@pytest.mark.parametrize("condition", ["when: context.facts.is_new", "unless: context.facts.is_new",
                                       'when: "!context.facts.is_new"', 'unless: "!context.facts.is_new"'])  # fmt: skip
def test_v03_a_gate_whose_own_condition_is_unknown(tmp_path: Path, condition: str, told: object) -> None:
    """Whether the gate is there cannot be told, and its fact denies: that is a denial, in whatever way it is asked."""
    pack = WHEN.replace("payment: required}", f"payment: required, {condition}}}")
    guard = load(tmp_path, pack=pack)
    extra = {} if told is GONE else {"is_new": told}
    decision = guard.check(WRITER, "notes.pay", context=context({"payment.status": "interrupted", **extra}))
    assert (decision.code, decision.errors) == ("facts_unavailable", ("g.payment",))
    # Where the fact denies nothing it is no matter whether the gate is there.
    assert guard.check(WRITER, "notes.pay", context=context(extra)).allowed


@pytest.mark.parametrize(("condition", "is_new", "is_there"), [
    ("when: context.facts.is_new", True, True), ("when: context.facts.is_new", False, False),
    ("unless: context.facts.is_new", True, False), ("unless: context.facts.is_new", False, True),
])  # fmt: skip
def test_v03_a_gate_whose_own_condition_is_known(tmp_path: Path, condition: str, is_new: bool, is_there: bool) -> None:
    """It denies where it is there, and even an unreadable fact is no matter where it is not."""
    guard = load(tmp_path, pack=WHEN.replace("payment: required}", f"payment: required, {condition}}}"))
    for status, code in (("interrupted", "payment_interrupted"), ("?", "facts_unavailable")):
        decision = guard.check(WRITER, "notes.pay", context=context({"payment.status": status, "is_new": is_new}))
        assert decision.code == (code if is_there else None)
