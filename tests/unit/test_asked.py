"""What a denial tells of its question, and which facts a question needs."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scopeguard import AccessDenied, AccessRequest, Context, FactsNeeded, Guard, Principal, RequestError, Resource
from tests.hazards.packs import SERVER, key, load

CANARY = "sk_live_canary"


@dataclass
class Note:
    """An object of a host, which counts how often it is read."""

    workspace: str = "ws_1"
    reads: int = 0

    @property
    def id(self) -> str:
        """Its id, another one each time."""
        self.reads += 1
        return f"n_{self.reads}"


def test_a_denial_tells_what_was_asked(tmp_path: Path) -> None:
    """Principal, action, resource and context, the resource as it was read, once."""
    guard = load(tmp_path)
    guard.register(Note, surface="notes")
    who, note = key("secrets:read"), Note()
    with pytest.raises(AccessDenied) as caught:
        guard.authorize(who, "notes:read", note, SERVER)
    assert caught.value.asked == AccessRequest(who, "notes:read", Resource("notes", "n_1", "ws_1"), SERVER)
    assert note.reads == 1
    with pytest.raises(AccessDenied) as caught:
        guard.authorize(who, "notes:read", context=SERVER)
    assert caught.value.asked == AccessRequest(who, "notes:read", None, SERVER)
    assert AccessDenied(caught.value.decision).asked is None


@pytest.mark.parametrize(
    "travel", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))], ids=["copy", "deepcopy", "pickle"]  # noqa: S301  # our own
)  # fmt: skip
def test_it_travels_and_tells_no_secret(tmp_path: Path, travel: Callable[[AccessDenied], AccessDenied]) -> None:
    """With its exception, and neither text nor repr of either holds an attribute or a fact."""
    guard = load(tmp_path)
    who = Principal.api_key("k", workspace="ws_1", attributes={"level": CANARY})
    about = Resource("notes", "n_1", "ws_1", {"owner": CANARY})
    with pytest.raises(AccessDenied) as caught:
        guard.authorize(
            who, "notes:read", about, Context("server", facts={"plan": CANARY}, attributes={"ip": "192.0.2.7"})
        )
    denied = travel(caught.value)
    assert denied.asked == caught.value.asked
    assert denied.asked is not None
    assert denied.asked.resource == about
    for text in (str(denied), repr(denied), repr(denied.asked), str(denied.asked)):
        assert CANARY not in text
        assert "192.0.2.7" not in text


GATED = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, embeds: {read: [secrets]}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
  operations:
    notes.send: {needs: "notes:write", meter: letters, instead: {preview: trials}}
    notes.copy: {needs: "notes:write"}
  environments: [production, preview]
  providers: [model, speech]
  facts_max_age: 5m
  attributes:
    facts: {frozen: bool, names: "list(string)", secret: bool}
meters:
  letters: {kind: consumption}
  trials: {kind: fair_use}
variables:
  is_frozen: has(context.facts.frozen) && context.facts.frozen
gates:
  - {id: g.model, mode: block, on: [notes.send], provider: [model]}
  - {id: g.pay, mode: block, on: [notes.send], payment: required, when: context.environment == "production"}
  - {id: g.room, mode: block, on: [notes.send], entitlement: letters}
  - {id: g.trials, mode: block, on: [notes.send], fair_use: trials}
rules:
  - {id: frozen, effect: deny, on: ["notes:write"], when: variables.is_frozen, code: not_permitted}
  - {id: open, effect: allow, on: ["secrets:read"], when: context.facts.secret}
  - {id: any, effect: deny, on: [notes.copy], when: '"names" in context.facts && context.facts["names"] == []', code: not_permitted}
"""


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for a pack with gates."""
    folder = tmp_path_factory.mktemp("gated")
    (folder / "pack.yaml").write_text(GATED, encoding="utf-8")
    return Guard.load(folder)


@pytest.mark.parametrize(("action", "environment", "expected"), [
    ("notes.send", "production", FactsNeeded(("letters",), (), ("model",), True, False, True, ("frozen",))),
    ("notes.send", "preview", FactsNeeded((), ("trials",), ("model",), False, False, True, ("frozen",))),
    ("notes:write", "production", FactsNeeded(names=("frozen",))),
    ("notes:read", "production", FactsNeeded(names=("secret",))),
    ("secrets:read", "production", FactsNeeded(names=("secret",))),
    ("notes.copy", "production", FactsNeeded(names=("frozen", "names"), any_name=True)),
])  # fmt: skip
def test_which_facts_are_needed(gated: Guard, action: str, environment: str, expected: FactsNeeded) -> None:
    """Those of gates, of what is counted, of rules by way of variables too, and of what comes along."""
    assert gated.facts_for(action, environment=environment) == expected
    assert expected
    assert not FactsNeeded()


SAYING = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, list], coarse: true, embeds: {list: [secrets]}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
  operations: {notes.send: {needs: "notes:write"}}
  environments: [production, preview]
  facts_max_age: 5m
  attributes: {facts: {late: bool, paid: bool, known: bool, noted: bool, never: bool}}
gates:
  - {id: g.wallet, on: [notes.send], wallet: required}
rules:
  - {id: r.own, effect: deny, on: ["notes:read"], environments: [production], when: principal.kind == "system", code: late}
  - {id: r.time, effect: deny, on: ["notes:list"], when: has(context.facts.as_of), code: not_permitted}
  - {id: r.note, effect: advise, on: ["notes:write"], code: noted}
  - {id: r.away, effect: deny, on: ["secrets:read"], when: principal.kind == "system", code: never}
recovery:
  late: {remedy: {text: wait}, remedies: [{when: context.facts.late, text: hurry}, {when: context.facts.paid, text: go}]}
  noted: {class: advice, status: 200, remedy: {text: so}, remedies: [{when: context.facts.noted, text: else}]}
  never: {remedy: {text: so}, remedies: [{when: context.facts.never, text: else}]}
  wallet_empty: {remedy: {text: so}, remedies: [{when: 'context.facts.payment.status == "ok"', text: else}]}
  facts_unavailable: {remedy: {text: so}, remedies: [{when: context.facts.known, text: else}]}
"""


@pytest.mark.parametrize(("action", "environment", "expected"), [
    ("notes:read", "production", FactsNeeded(names=("late", "paid"))),
    ("notes:read", "preview", FactsNeeded()),
    ("notes:write", "production", FactsNeeded(names=("noted",))),
    ("notes.send", "production", FactsNeeded(payment=True, wallet=True, names=("known", "noted"))),
    ("notes:list", "production", FactsNeeded(names=("as_of",))),
    ("secrets:read", "production", FactsNeeded(names=("never",))),
])  # fmt: skip
def test_what_remedies_read_is_needed(action: str, environment: str, expected: FactsNeeded, tmp_path: Path) -> None:
    """Of the codes that what is asked may get: of denials, of advice, and where facts are missing."""
    (tmp_path / "pack.yaml").write_text(SAYING, encoding="utf-8")
    assert Guard.load(tmp_path).facts_for(action, environment=environment) == expected


def test_what_the_shipped_remedies_read_is_needed() -> None:
    """The wallet is read where a limit is reached, and for nothing else about that action."""
    assert Guard.default().facts_for("knowledge.upload") == FactsNeeded(
        ("knowledge_uploads",), wallet=True, quantity=True
    )


def test_what_needs_no_facts(gated: Guard) -> None:
    """Names that the pack does not have are told; the usual environment is the production one."""
    assert gated.facts_for("notes.send") == gated.facts_for("notes.send", environment="production")
    with pytest.raises(
        RequestError, match='no permission or operation "notes:wrte" in the catalog; did you mean "notes:write"'
    ):
        gated.facts_for("notes:wrte")
    with pytest.raises(RequestError, match='no environment "produktion" in the catalog; did you mean "production"'):
        gated.facts_for("notes.send", environment="produktion")


def test_which_facts_are_needed_is_worked_out_once(gated: Guard, tmp_path: Path) -> None:
    """For each environment of the pack; where a pack lists none, not for whatever name a host gives."""
    assert gated.facts_for("notes.send") is gated.facts_for("notes.send")
    (tmp_path / "bare.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {notes: {actions: [read]}}, attributes: {facts: {paper: bool}}}\n"
        "rules: [{id: r, effect: deny, on: ['notes:read'], when: context.facts.paper, code: not_permitted}]\n",
        encoding="utf-8",
    )
    bare = Guard.load(tmp_path / "bare.yaml")
    for number in range(20):
        assert bare.facts_for("notes:read", environment=f"e{number}").names == ("paper",)
    assert bare.facts_for("notes:read") is bare.facts_for("notes:read")
    assert len(bare._generation.program.memos.facts) == 1
