"""V92, V98: a misspelt channel, environment, fact or attribute is a quiet denial, or switches a rule off."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.limits import MAX_INTERNED
from scopeguard.runtime import engine
from tests.hazards.packs import PACK, SERVER, editor, key, load

RULES = """
{id: sso, effect: deny, on: ["notes:*"], when: has(context.sso_required) && context.sso_required && !has(principal.sso), code: sso_required}
{id: held, effect: deny, on: ["notes:*"], when: has(principal.legal_hold) && principal.legal_hold, code: not_permitted}
{id: frozen, effect: deny, on: ["notes:*"], when: has(context.facts.frozen) && context.facts.frozen, code: not_permitted}
{id: paid, effect: deny, on: ["notes:*"], environments: [production], when: has(context.facts.owing) && context.facts.owing, code: not_permitted}
{id: server, effect: deny, on: ["notes:*"], unless: context.channel == "server", code: credential_channel_forbidden}
"""
DECLARING = PACK.replace("principal: {level: dyn}", "principal: {level: dyn, legal_hold: bool}").replace(
    "facts: {count: int, ", "facts: {frozen: bool, owing: bool, count: int, "
).replace("context: {ip: string}", "context: {ip: string, device: string, sso_required: bool}").replace(
    "channels: [server, browser]", "channels: [server, browser]\n  environments: [production, preview]"
)  # fmt: skip
NOTE = Resource("notes", "n_1", "ws_1")


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard with switches that are off where nothing is said."""
    return load(tmp_path, RULES, DECLARING)


def member(**attributes: object) -> Principal:
    """An editor with attributes."""
    return Principal.member("usr_1", workspace="ws_1", roles=["editor"], attributes=attributes)


def at(**parts: Any) -> Context:
    """A context from a server."""
    return Context(**{"channel": "server", **parts})


MISSPELT: dict[str, tuple[Principal, Context, str]] = {
    "context attribute": (member(), at(attributes={"sso_requird": True}), 'no context attribute "sso_requird" in the catalog; did you mean "sso_required"?'),
    "principal attribute": (member(legal_hld=True), SERVER, 'no attribute "legal_hld" in the catalog; did you mean "legal_hold"?'),
    "state of a principal": (member(suspendd=True), SERVER, 'no attribute "suspendd" in the catalog; did you mean "suspended"?'),
    "fact": (member(), at(facts={"frozn": True}), 'no fact "frozn" in the catalog; did you mean "frozen"?'),
    "standard fact": (member(), at(facts={"quantitty": 3}), 'no fact "quantitty" in the catalog; did you mean "quantity"?'),
    "channel": (member(), at(channel="sever"), 'no channel "sever" in the catalog; did you mean "server"?'),
    "environment": (member(), at(environment="produktion", facts={"owing": True}), 'no environment "produktion" in the catalog; did you mean "production"?'),
}  # fmt: skip
ASK: dict[str, Callable[[Guard, Principal, Context], object]] = {
    "check": lambda guard, who, context: guard.check(who, "notes:read", context=context),
    "check of a note": lambda guard, who, context: guard.check(who, "notes:read", NOTE, context),
    "check of another workspace": lambda guard, who, context: guard.check(who, "notes:read", Resource("notes", "n_1", "ws_2"), context),
    "check of an unknown action": lambda guard, who, context: guard.check(who, "notes:erase", context=context),
    "authorize": lambda guard, who, context: guard.authorize(who, "notes:read", NOTE, context),
    "check_many": lambda guard, who, context: guard.check_many(who, [("notes:read", NOTE)], context),
    "check_many of nothing": lambda guard, who, context: guard.check_many(who, [], context),
    "explain": lambda guard, who, context: guard.explain(who, "notes:read", NOTE, context),
    "permissions": lambda guard, who, context: guard.permissions(who, context),
    "matrix": lambda guard, who, context: guard.matrix([who], None, context),
    "mint": lambda guard, who, context: guard.mint(who, "notes:read", context),
    "rotate": lambda guard, who, context: guard.rotate(who, "notes:read", context),
}  # fmt: skip


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("name", MISSPELT)
def test_v98_what_the_catalog_lacks_is_told(
    guard: Guard, name: str, ask: Callable[[Guard, Principal, Context], object]
) -> None:
    """In every request and of every verb, cold and warm, before and after others were answered."""
    who, context, message = MISSPELT[name]
    for _ in range(3):
        with pytest.raises(RequestError) as caught:
            ask(guard, who, context)
        assert str(caught.value) == message
        assert guard.check(editor(), "notes:read", NOTE, SERVER)
        assert guard.check(editor(), "notes:read", NOTE, at(facts={"frozen": False}, attributes={"ip": "192.0.2.7"}))


def test_v92_spelt_right_the_switches_are_on(guard: Guard) -> None:
    """The same names as the catalog has them decide."""
    for who, context, rule in (
        (member(), at(attributes={"sso_required": True}), "sso"),
        (member(legal_hold=True), SERVER, "held"),
        (member(), at(facts={"frozen": True}), "frozen"),
        (member(), at(facts={"owing": True}), "paid"),
        (member(), at(channel="browser"), "server"),
    ):
        assert guard.check(who, "notes:read", NOTE, context).rules == (rule,)
    assert guard.check(member(), "notes:read", NOTE, at(environment="preview", facts={"owing": True}))


def test_v98_beyond_what_is_kept(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no more room to remember a class of contexts, names are compared again and again."""
    monkeypatch.setattr(engine, "MAX_FACT_SETS", 1)
    for _ in range(3):
        assert guard.check(member(), "notes:read", NOTE, SERVER)
        assert guard.check(member(), "notes:read", NOTE, at(facts={"frozen": True})).rules == ("frozen",)
        assert guard.check(member(), "notes:read", NOTE, at(facts={"count": 1})).allowed
        for who, context, message in MISSPELT.values():
            with pytest.raises(RequestError) as caught:
                guard.check(who, "notes:read", NOTE, context)
            assert str(caught.value) == message


def test_v98_costs_nothing_after_the_first(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are compared once for a class of principals or contexts, whatever they are asked and however often."""
    compared: list[object] = []
    for name in ("refuse_undeclared", "refuse_undeclared_attributes"):
        genuine = getattr(engine, name)

        def counted(program: Any, about: Any, genuine: Any = genuine) -> None:
            compared.append(about)
            genuine(program, about)

        monkeypatch.setattr(engine, name, counted)
    who, context = member(legal_hold=False), at(facts={"frozen": False}, attributes={"ip": "192.0.2.7"})
    guard.check(who, "notes:read", NOTE, context)
    first = [*compared]
    assert first.count(context) == 1
    assert {id(each) for each in first} == {id(context), id(who)}
    for number in range(50):
        another = Principal.member(
            f"usr_{number}", workspace="ws_1", roles=["editor"], attributes={"legal_hold": False}
        )
        again = at(facts={"frozen": bool(number % 2)}, attributes={"ip": f"192.0.2.{number}"})
        assert guard.check(another, "notes:write", NOTE, again).allowed is (number % 2 == 0)
        assert guard.check(who, "notes:read", NOTE, again).allowed is (number % 2 == 0)
        guard.check_many(another, [("notes:read", NOTE)], again)
    assert compared == first


def test_v98_a_pack_that_lists_none_takes_any(tmp_path: Path) -> None:
    """Without channels and environments in the pack there is nothing to compare with; the usual one is always known."""
    guard = load(tmp_path, pack=PACK.replace("  channels: [server, browser]\n", ""))
    assert guard.check(key("notes:read"), "notes:read", NOTE, Context("carrier_pigeon", "moon"))
    listing = load(tmp_path, pack=PACK.replace("channels: [server, browser]", "environments: [preview]"))
    assert listing.check(key("notes:read"), "notes:read", NOTE, Context("carrier_pigeon"))


def test_v98_a_reload_knows_other_names(guard: Guard, tmp_path: Path) -> None:
    """What was compared with one pack is compared with the next again."""
    context = at(attributes={"device": "phone"})
    assert guard.check(editor(), "notes:read", NOTE, context)
    text = (tmp_path / "pack.yaml").read_text(encoding="utf-8")
    (tmp_path / "pack.yaml").write_text(text.replace("device: string, ", ""), encoding="utf-8")
    guard.reload()
    with pytest.raises(RequestError, match='no context attribute "device"'):
        guard.check(editor(), "notes:read", NOTE, context)


CHECKED: list[tuple[Callable[[Guard], object], str]] = [
    (lambda guard: guard.context("sever"), 'no channel "sever" in the catalog; did you mean "server"?'),
    (lambda guard: guard.context(attributes={"sso_requird": True}), 'did you mean "sso_required"?'),
    (lambda guard: guard.context(attributes={"sso_required": "yes"}), 'the context attribute "sso_required" must be of the type bool'),
    (lambda guard: guard.context(facts={"frozen": 1}), 'the fact "frozen" must be of the type bool'),
    (lambda guard: guard.context(facts={"payment": {"statsu": "ok"}}), 'no fact "payment.statsu" in the catalog; did you mean "payment.status"?'),
    (lambda guard: guard.context(facts={"payment": {"status": 1}}), 'the fact "payment.status" must be of the type string'),
    (lambda guard: guard.context(facts={"payment": "ok"}), 'the fact "payment" must be a mapping, not str'),
    (lambda guard: guard.context(facts={"entitlements": {"agents": {}}}), 'no fact "entitlements'),
    (lambda guard: guard.resource("note"), 'no surface "note" in the catalog; did you mean "notes"?'),
    (lambda guard: guard.resource("notes", attributes={"ownr": "me"}), 'no attribute of notes "ownr" in the catalog; did you mean "owner"?'),
    (lambda guard: guard.resource("notes", attributes={"owner": 7}), 'the attribute of notes "owner" must be of the type string'),
    (lambda guard: guard.resource(Resource("notes", attributes={"ownr": "me"})), 'did you mean "owner"?'),
    (lambda guard: guard.resource(None), "a resource must not be None"),
    (lambda guard: guard.resource(NOTE, "n_2"), "says its id, workspace and attributes itself"),
    (lambda guard: guard.resource(NOTE, workspace="w"), "says its id, workspace and attributes itself"),
    (lambda guard: guard.resource(NOTE, attributes={"owner": "me"}), "says its id, workspace and attributes itself"),
    (lambda guard: guard.register(dict, surface="notes", attributes=["ownr"]), 'did you mean "owner"?'),
    (lambda guard: guard.register(dict, surface="notes", attributes="owner"), "must be an iterable of str, not str"),
    (lambda guard: guard.register(dict, surface="note"), 'did you mean "notes"?'),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "message"), CHECKED, ids=[message for _, message in CHECKED])
def test_v98_checked_where_it_is_made(guard: Guard, ask: Callable[[Guard], object], message: str) -> None:
    """``guard.context``, ``guard.resource`` and ``guard.register`` tell names, and the first two types too."""
    with pytest.raises(RequestError) as caught:
        ask(guard)
    assert message in str(caught.value)


def test_v98_what_is_right_is_what_the_classes_make(guard: Guard) -> None:
    """They give what ``Context`` and ``Resource`` give."""
    parts: dict[str, Any] = {
        "channel": "server", "environment": "preview",
        "facts": {"frozen": True, "payment": {"status": "ok"}, "quantity": 2, "any": {"at": ["all"]}}, "attributes": {"sso_required": True},
    }  # fmt: skip
    assert guard.context(**parts) == Context(**parts)
    assert guard.context() == Context()
    assert guard.resource("notes", "n_1", "ws_1", {"owner": "me"}) == Resource("notes", "n_1", "ws_1", {"owner": "me"})
    assert guard.resource(NOTE) is NOTE


NAMES = {
    "role": "editor", "scope": "notes:read/n_1", "channel": "server", "environment": "preview", "surface": "notes",
    "action": "read", "permission": "notes:read", "operation": "notes.publish", "kind": "member",
}  # fmt: skip
"""A text of each type whose values are names of a pack."""


@pytest.mark.parametrize("word", NAMES)
def test_v98_names_of_the_pack_are_texts(tmp_path: Path, word: str) -> None:
    """Of an attribute that holds names of the pack, one or a list, a host gives texts, those of names that went too."""
    pack = PACK.replace("owner: string", f"owner: string, one: {word}, many: list({word})")
    assert pack != PACK
    guard = load(tmp_path, pack=pack)
    for text in (NAMES[word], "gone"):
        given = {"one": text, "many": [text]}
        assert guard.resource("notes", "n_1", "ws_1", given) == Resource("notes", "n_1", "ws_1", given)
    for wrong in ({"one": 1}, {"one": ["a"]}, {"many": "editor"}, {"many": [1]}):
        with pytest.raises(RequestError, match="must be of the type"):
            guard.resource("notes", "n_1", "ws_1", wrong)


def test_v98_a_function_of_attributes_is_compared_each_time(guard: Guard) -> None:
    """What a registered function gives has the names of the catalog, cold and warm."""
    guard.register(
        dict,
        surface="notes",
        id=lambda row: row["id"],
        workspace=lambda row: row.get("home", "ws_1"),
        attributes=lambda row: row["more"],
    )
    for _ in range(3):
        assert guard.check(editor(), "notes:read", {"id": "n_1", "more": {"owner": "me"}}, SERVER)
        for ask in (guard.check, guard.authorize, guard.explain):
            with pytest.raises(RequestError, match='no attribute of notes "ownr" in the catalog; did you mean "owner"'):
                ask(editor(), "notes:read", {"id": "n_1", "more": {"ownr": "me"}}, SERVER)


@pytest.mark.parametrize(
    "asked",
    ["principal.?home.?blokd", "principal.?home.blokd", 'principal[?"home"][?"blokd"]', 'principal.?home["blokd"]', "has(principal.?home.blokd)", "principal.?home.at.blokd"],
)  # fmt: skip
def test_v92_a_field_of_a_record_that_may_be_absent(tmp_path: Path, asked: str) -> None:
    """A misspelt field would be absent for ever, and what it switches off be off: it is told however it is asked for."""
    declaring = PACK.replace("{level: dyn}", "{level: dyn, home: {blocked: bool, at: {blocked: bool}}}")
    condition = asked if asked.startswith("has") else f"{asked}.orValue(false)"
    rule = "{id: a, effect: deny, on: ['notes:read'], code: not_permitted, when: '%s'}"
    with pytest.raises(PolicyError, match=r"unknown name .*blokd.; did you mean .principal\.home.*blocked"):
        load(tmp_path, rule % condition, declaring)

    guard = load(tmp_path, rule % condition.replace("blokd", "blocked"), declaring)
    for _ in range(3):
        for home, allowed in (
            (None, True),
            ({}, True),
            ({"blocked": True, "at": {"blocked": True}}, False),
            (7, False),
        ):
            assert guard.check(member(home=home), "notes:read", NOTE, SERVER).allowed is allowed


FIELDS: dict[str, tuple[str, dict[str, object]]] = {
    "payment": (
        "status",
        {"grace_til": 1, "graceuntil": 1, "graceEnd": 1, "GRACE-END": 1, "as_off": 1, "asOf": 1, "stat": None},
    ),
    "wallet": (
        "status",
        {"auto_rechage": "on", "AutoRecharge": "off", "statsu": "ok", "asOf": 1, "AsOf": 1, "asOF": 1},
    ),
    "entitlements": ("limit", {"enabld": False, "reset_at": 1, "unlimitd": True, "reservd": 3, "asOf": 1, "as-of": 1}),
    "fair_use": ("limit", {"resets": 1, "usd": 3, "AsOf": 1, "As_Of": 1}),
    "providers": ("model", {"asof": 1, "as_off": 1, "as-of": 1, "asOf": 1, "AS_OF": 1}),
}


@pytest.mark.parametrize(("record", "field"), [(record, each) for record, (_, more) in FIELDS.items() for each in more])
def test_v98_a_misspelt_field_of_what_gates_read(guard: Guard, record: str, field: str) -> None:
    """``enabld: False`` would be a limit that nothing switches off, ``grace_til`` a grace period without an end."""
    right, more = FIELDS[record]
    told = rf'^no fact "{record}\.(agents\.)?{field}" in the catalog; did you mean "{record}'
    spelt, misspelt = {right: 1}, {right: 1, field: more[field]}
    for written, wrong in ((spelt, False), (misspelt, True), (spelt, False), (misspelt, True)):
        context = at(facts={record: {"agents": written} if record in {"entitlements", "fair_use"} else written})
        for ask in ASK.values():
            if wrong:
                with pytest.raises(RequestError, match=told):
                    ask(guard, member(), context)
            else:
                ask(guard, member(), context)


@pytest.mark.parametrize("record", ["entitlements", "fair_use"])
def test_v98_a_time_beside_the_records_of_meters(guard: Guard, record: str) -> None:
    """Each has its own: one beside them would be looked at by nobody, and a limit be as fresh as all facts."""
    told = f'no fact "{record}.as_of" in the catalog; each record within it has its own'
    for name in ("as_of", "asOf"):
        facts = {record: {"agents": {"limit": 1}, name: datetime(2026, 1, 1, tzinfo=UTC)}}
        with pytest.raises(RequestError) as caught:
            guard.check(member(), "notes:read", NOTE, at(facts=facts))
        assert str(caught.value) == told.replace("as_of", name)


def test_v98_kinds_of_the_pack_are_no_misspellings(tmp_path: Path) -> None:
    """A kind of credentials is what the pack says it is, whatever it reads like; another one is no misspelling either."""
    guard = load(tmp_path, pack=PACK.replace("  channels: [", "  providers: [as_oft]\n  channels: ["))
    for _ in range(3):
        for kind in ("as_oft", "model", "telephony"):
            assert guard.check(editor(), "notes:read", NOTE, at(facts={"providers": {kind: "ready"}}))
        with pytest.raises(RequestError, match=r'no fact "providers\.as_off" in the catalog'):
            guard.check(editor(), "notes:read", NOTE, at(facts={"providers": {"as_oft": "ready", "as_off": "ready"}}))


def test_v98_however_many_other_names_were_passed(guard: Guard) -> None:
    """What is remembered of the names of hosts has a bound, and one that comes later is looked at as the first was."""
    many = {f"q{number}": "ready" for number in range(MAX_INTERNED + 10)}
    for _ in range(2):
        assert guard.check(editor(), "notes:read", NOTE, at(facts={"providers": many}))
        with pytest.raises(RequestError, match=r'did you mean "providers\.as_of"'):
            guard.check(editor(), "notes:read", NOTE, at(facts={"providers": {**many, "asOf": 1}}))


def test_v98_a_field_in_the_place_of_its_record(guard: Guard) -> None:
    """A path names a fact in conditions; a host gives the record, and is told so."""
    with pytest.raises(RequestError) as caught:
        guard.check(member(), "notes:read", NOTE, at(facts={"payment.status": "ok"}))
    assert str(caught.value) == 'no fact "payment.status" in the catalog; give it within "payment", which is a mapping'


@pytest.mark.parametrize(
    "field", ["plan", "currency", "since_when", "reserved", "title", "id", "enabled.x", "until", "disabled"]
)
def test_v98_a_field_that_is_more_than_gates_read(guard: Guard, field: str) -> None:
    """What a host passes beside it is no misspelling."""
    facts = {"wallet": {"status": "ok", field: "x"}, "fair_use": {"mine": {"limit": 3, "used": 1, field: "x"}}}
    assert guard.check(editor(), "notes:read", NOTE, at(facts=facts))


@pytest.mark.parametrize("value", ["empty", 3, ["limit"], True, None])
def test_v98_a_record_that_is_none(value: object) -> None:
    """It denies where a gate reads it, as before."""
    for facts in ({"payment": value}, {"entitlements": value}, {"entitlements": {"agents": value}}):
        assert Context(channel="server", facts=facts).facts.keys() == facts.keys()
