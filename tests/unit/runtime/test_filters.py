"""Filters: which rows pass, as a condition that back ends can say, and the decision beside it."""

import pickle
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from scopeguard import AccessDenied, AccessRequest, Context, Decision, Guard, Principal, RequestError, Resource
from scopeguard.conditions import (
    ALWAYS,
    NEVER,
    All,
    Any,
    Attribute,
    Compare,
    Condition,
    Function,
    Has,
    In,
    Includes,
    Not,
    Opaque,
    Text,
    Value,
    each_test,
)
from scopeguard.model.request import LEFT_OUT

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PACK = """\
scopeguard: 1
catalog:
  attributes:
    principal: {team: string, groups: list(string), level: int, any: dyn}
    context: {beta: bool}
  surfaces:
    docs:
      actions: [read, write]
      coarse: true
      qualifiable: true
      attributes:
        owner: string
        extra: dyn
        title: string
        size: int
        count: uint
        ratio: double
        locked: bool
        made_at: timestamp
        tags: list(string)
"""
OWNER, TITLE = Attribute("owner", "string"), Attribute("title", "string")
SIZE, RATIO, LOCKED = Attribute("size", "int"), Attribute("ratio", "double"), Attribute("locked", "bool")
COUNT = Attribute("count", "uint")
ID, TAGS, MADE = Attribute("id", "string"), Attribute("tags", "list(string)"), Attribute("made_at", "timestamp")
KEY = Principal.api_key("k", workspace="w", scopes="docs:read")


def guard(tmp_path: Path, *rules: str) -> Guard:
    """A guard for some rules about reading documents."""
    lines = "".join(f"  - {{id: r{number}, on: ['docs:read'], {rule}}}\n" for number, rule in enumerate(rules))
    file = tmp_path / "pack.yaml"
    file.write_text(PACK + (f"rules:\n{lines}" if rules else ""), encoding="utf-8")
    return Guard.load(file)


def allowing(tmp_path: Path, when: str, **attributes: object) -> Condition:
    """What is left of one rule that allows to a principal without scopes."""
    who = Principal.api_key("k", workspace="w", attributes=attributes)
    return guard(tmp_path, f"effect: allow, when: {when!r}").filter(who, "docs:read", Context(now=NOW)).condition


def denying(tmp_path: Path, when: str, **attributes: object) -> Condition:
    """What is left of one rule that denies to a key that may read."""
    who = Principal.api_key("k", workspace="w", scopes="docs:read", attributes=attributes)
    made = guard(tmp_path, f"effect: deny, code: not_permitted, when: {when!r}")
    return made.filter(who, "docs:read", Context(now=NOW)).condition


@pytest.mark.parametrize(
    ("when", "allows", "denies"),
    [
        ('resource.owner == "a"', Compare("==", OWNER, Value("a")), Compare("!=", OWNER, Value("a"))),
        ('"a" == resource.owner', Compare("==", OWNER, Value("a")), Compare("!=", OWNER, Value("a"))),
        ("3 < resource.size", Compare(">", SIZE, Value(3)), Compare("<=", SIZE, Value(3))),
        ("resource.size > 2.5", Compare(">", SIZE, Value(2)), Compare("<=", SIZE, Value(2))),
        ("resource.size <= 2.5", Compare("<=", SIZE, Value(2)), Compare(">", SIZE, Value(2))),
        ("resource.ratio < 3", Compare("<", RATIO, Value(3.0)), Compare(">=", RATIO, Value(3.0))),
        ("resource.ratio < 1e300", Compare("<", RATIO, Value(1e300)), Compare(">=", RATIO, Value(1e300))),
        # No whole number of a row is 2**63 or more.
        ("resource.count < 9223372036854775808u", Has(COUNT), NEVER),
        ("resource.count < 9223372036854775807u", Compare("<", COUNT, Value(2**63 - 1)), Compare(">=", COUNT, Value(2**63 - 1))),
        ("resource.owner == resource.title", Compare("==", OWNER, TITLE), Compare("!=", OWNER, TITLE)),
        ("resource.locked", Compare("==", LOCKED, Value(True)), Compare("==", LOCKED, Value(False))),
        ("!resource.locked", Compare("==", LOCKED, Value(False)), Compare("==", LOCKED, Value(True))),
        ('resource.owner in ["a", "b", "a"]', In(OWNER, ("a", "b")), Not(In(OWNER, ("a", "b")))),
        ("resource.owner in principal.groups", In(OWNER, ("x", "y")), Not(In(OWNER, ("x", "y")))),
        ("principal.team in resource.tags", Includes(TAGS, Value("x")), Not(Includes(TAGS, Value("x")))),
        ("has(resource.owner)", Has(OWNER), Not(Has(OWNER))),
        (
            'resource.title.startsWith("a")',
            Text("startsWith", TITLE, Value("a")),
            Not(Text("startsWith", TITLE, Value("a"))),
        ),
        ("principal.team.endsWith(resource.title)", Text("endsWith", Value("x"), TITLE), Not(Text("endsWith", Value("x"), TITLE))),
        ("resource.title.contains(principal.team)", Text("contains", TITLE, Value("x")), Not(Text("contains", TITLE, Value("x")))),
        ("principal.team == resource.owner", Compare("==", OWNER, Value("x")), Compare("!=", OWNER, Value("x"))),
        (
            "principal.groups.exists(g, g == resource.owner)",
            Any((Compare("==", OWNER, Value("x")), Compare("==", OWNER, Value("y")))),
            All((Compare("!=", OWNER, Value("x")), Compare("!=", OWNER, Value("y")))),
        ),
        (
            'resource.locked ? resource.owner == "a" : resource.size > 1',
            Any((
                All((Compare("==", LOCKED, Value(True)), Compare("==", OWNER, Value("a")))),
                All((Compare("==", LOCKED, Value(False)), Compare(">", SIZE, Value(1)))),
            )),
            Any((
                All((Compare("==", LOCKED, Value(True)), Compare("!=", OWNER, Value("a")))),
                All((Compare("==", LOCKED, Value(False)), Compare("<=", SIZE, Value(1)))),
            )),
        ),
        (
            'resource.?owner.orValue("a") == "a"',
            Any((Compare("==", OWNER, Value("a")), Not(Has(OWNER)))),
            Compare("!=", OWNER, Value("a")),
        ),
        (
            "principal.id in [resource.owner, resource.title]",
            All((Has(OWNER), Has(TITLE), Any((Compare("==", OWNER, Value("k")), Compare("==", TITLE, Value("k")))))),
            All((Compare("!=", OWNER, Value("k")), Compare("!=", TITLE, Value("k")))),
        ),
        ("resource.made_at < context.now", Compare("<", MADE, Value(NOW)), Compare(">=", MADE, Value(NOW))),
        (
            '(resource.locked ? resource.owner : resource.title) == "a"',
            Any((
                All((Compare("==", LOCKED, Value(True)), Compare("==", OWNER, Value("a")))),
                All((Compare("==", LOCKED, Value(False)), Compare("==", TITLE, Value("a")))),
            )),
            Any((
                All((Compare("==", LOCKED, Value(True)), Compare("!=", OWNER, Value("a")))),
                All((Compare("==", LOCKED, Value(False)), Compare("!=", TITLE, Value("a")))),
            )),
        ),
        (
            "resource.title.size() > 3",
            Compare(">", Function("size", (TITLE,), "int"), Value(3)),
            Compare("<=", Function("size", (TITLE,), "int"), Value(3)),
        ),
        (
            "(resource.size > 1) == resource.locked",
            Any((
                All((Compare(">", SIZE, Value(1)), Compare("==", LOCKED, Value(True)))),
                All((Compare("<=", SIZE, Value(1)), Compare("==", LOCKED, Value(False)))),
            )),
            Any((
                All((Compare(">", SIZE, Value(1)), Compare("==", LOCKED, Value(False)))),
                All((Compare("<=", SIZE, Value(1)), Compare("==", LOCKED, Value(True)))),
            )),
        ),
        (
            "resource.ratio + 1.0 > 2.0",
            Compare(">", Function("+", (RATIO, Value(1.0)), "double"), Value(2.0)),
            Compare("<=", Function("+", (RATIO, Value(1.0)), "double"), Value(2.0)),
        ),
        (
            'resource.title + "a" == principal.team',
            Compare("==", Function("+", (TITLE, Value("a")), "string"), Value("x")),
            Compare("!=", Function("+", (TITLE, Value("a")), "string"), Value("x")),
        ),
        (
            '["a", "b"].exists(g, g == resource.owner)',
            Any((Compare("==", OWNER, Value("a")), Compare("==", OWNER, Value("b")))),
            All((Compare("!=", OWNER, Value("a")), Compare("!=", OWNER, Value("b")))),
        ),
        *(
            (text, Opaque(text), Not(Opaque(text)))
            for text in (
                "resource.locked < (resource.size > 1)",
                'cidr("10.0.0.0/8").containsIP(resource.title)',
                'resource.tags.exists(t, t == "a")',
                'resource.title.lowerAscii() == "a"',
                'resource.title.matches("a+")',
                "principal.id in [?resource.extra, resource.title]",
                "principal.groups.exists(i, g, g == resource.owner)",
                "principal.id in [resource.owner, principal.team]",
                'resource.owner in [resource.title + "x"]',
                'resource.locked < (principal.team == "x")',
            )
        ),
        ("resource.size + 1 > 2", Opaque("resource.size + 1 > 2"), Not(Opaque("resource.size + 1 > 2"))),
        ("resource.tags == []", Opaque("resource.tags == []"), Not(Opaque("resource.tags == []"))),
    ],
)  # fmt: skip
def test_a_condition_is_true_or_false(tmp_path: Path, when: str, allows: Condition, denies: Condition) -> None:
    """An allow passes where it is true, a denial lets pass where it is false; neither is the other's negation."""
    known: dict[str, object] = {"team": "x", "groups": ["x", "y"]}
    assert allowing(tmp_path, when, **known) == allows
    assert denying(tmp_path, when, **known) == denies


@pytest.mark.parametrize("when", ["principal.team == resource.owner", "resource.owner in principal.groups",
                                  "principal.groups.all(g, g != resource.owner)", "principal.any == resource.owner"])  # fmt: skip
def test_what_cannot_be_evaluated_lets_nothing_pass(tmp_path: Path, when: str) -> None:
    """A principal without the attribute, or with one of another type: neither an allow nor a denial passes."""
    assert allowing(tmp_path, when, any=3) == NEVER
    assert denying(tmp_path, when, any=3) == NEVER


@pytest.mark.parametrize(("given", "is_told"), [(["a"], True), ([["a"]], False), ({"a": 1}, False), ("a", False)])
def test_what_a_macro_is_over(tmp_path: Path, given: object, is_told: bool) -> None:
    """A list of values of the request is told one by one; anything else is looked at with the row."""
    when = "principal.any.exists(k, k == resource.owner)"
    assert allowing(tmp_path, when, any=given) == (Compare("==", OWNER, Value("a")) if is_told else Opaque(when))


@pytest.mark.parametrize(("most", "is_told"), [(6, True), (5, False)])
def test_how_much_a_macro_comes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, is_told: bool) -> None:
    """Two elements, each with a comparison of three nodes."""
    monkeypatch.setattr("scopeguard.runtime.row_conditions._MAX_UNROLLED", most)
    when = "principal.groups.exists(g, g == resource.owner)"
    told = Any((Compare("==", OWNER, Value("x")), Compare("==", OWNER, Value("y"))))
    assert allowing(tmp_path, when, groups=["x", "y"]) == (told if is_told else Opaque(when))


@pytest.mark.parametrize(("most", "is_told"), [(3, True), (2, False)])
def test_how_much_a_rule_comes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, is_told: bool) -> None:
    """Two comparisons and what joins them; what is beyond that is looked at with the row."""
    monkeypatch.setattr("scopeguard.runtime.row_conditions._MAX_PARTS", most)
    last = Compare(">", SIZE, Value(1)) if is_told else Opaque("resource.size > 1")
    found = allowing(tmp_path, "resource.locked && resource.size > 1")
    assert found == All((Compare("==", LOCKED, Value(True)), last))


def test_what_is_held_on_one_resource_denies_that_one(tmp_path: Path) -> None:
    """A row without an id is not that one."""
    who = Principal.api_key("k", workspace="w", scopes="docs:read docs:write/d1")
    made = guard(tmp_path, "effect: deny, code: not_permitted, when: 'holds(\"docs:write\")'")
    assert made.filter(who, "docs:read").condition == Any((Not(Has(ID)), Not(In(ID, ("d1",)))))


@pytest.mark.parametrize("test", ["startsWith", "contains"])
def test_what_is_so_of_every_text_is_that_there_is_one(tmp_path: Path, test: str) -> None:
    """Each begins with the empty one, and holds it."""
    when = f"resource.title.{test}(principal.any)"
    assert allowing(tmp_path, when, any="") == Has(TITLE)
    assert denying(tmp_path, when, any="") == NEVER


def test_an_empty_list_of_the_principal_is_an_empty_page(tmp_path: Path) -> None:
    """No row passes, and still it is a matter of rows: the list is empty, and not forbidden."""
    assert allowing(tmp_path, "resource.owner in principal.groups", groups=[]) == In(OWNER, ())
    assert denying(tmp_path, "resource.owner in principal.groups", groups=[]) == Not(In(OWNER, ()))


def test_narrowed_scopes_are_ids(tmp_path: Path) -> None:
    """Those that a scope names, within those that a ceiling names; none in common is nothing."""
    made = guard(tmp_path)
    one = Principal.api_key("k", workspace="w", scopes="docs:read/b docs:read/a")
    found = made.filter(one, "docs:read")
    assert found.condition == In(ID, ("a", "b"))
    assert found.decision.rules == ("scope:docs:read/a", "scope:docs:read/b")
    two = Principal.api_key("k", workspace="w", scopes="docs:read/b docs:read/a", ceiling="docs:read/b docs:read/c")
    assert made.filter(two, "docs:read").condition == In(ID, ("b",))
    three = Principal.api_key("k", workspace="w", scopes="docs:read/a", ceiling="docs:read/c")
    assert made.filter(three, "docs:read").condition == NEVER
    assert made.filter(three, "docs:read").decision.code == "scope_missing"


def test_states_and_decisions(tmp_path: Path) -> None:
    """All, some or none, each with a decision; none raises with what was asked."""
    made = guard(
        tmp_path,
        'effect: deny, code: not_permitted, stage: feature, when: "context.beta && resource.locked"',
    )
    every = made.filter(KEY, "docs:read", Context(attributes={"beta": False}))
    assert (every.state, every.condition, bool(every), every.workspace) == ("all", ALWAYS, True, "w")
    assert every.decision == made.check(
        KEY, "docs:read", Resource("docs", "a", "w"), Context(attributes={"beta": False})
    )
    assert every.authorize() is every
    some = made.filter(KEY, "docs:read", Context(attributes={"beta": True}))
    assert (some.state, some.decision.allowed, some.surface) == ("some", True, "docs")
    made = guard(tmp_path, "effect: deny, code: not_permitted, stage: feature, when: context.beta")
    none = made.filter(KEY, "docs:read")
    assert (none.state, none.condition, bool(none)) == ("none", NEVER, False)
    assert (none.decision.code, none.decision.errors) == ("not_permitted", ("r0",))
    with pytest.raises(AccessDenied) as raised:
        none.authorize()
    assert raised.value.decision is none.decision
    assert raised.value.asked == AccessRequest(KEY, "docs:read", None, Context())


BETA, NO_BETA = Context(attributes={"beta": True}), Context(attributes={"beta": False})
FEATURE = "effect: deny, stage: feature, code: not_permitted"
NARROWED = Principal.api_key("k", workspace="w", scopes="docs:read/a", ceiling="docs:read/c")
NOTHING = Principal.api_key("k", workspace="w")


@pytest.mark.parametrize(
    ("rules", "who", "context", "expected"),
    [
        # What denies all rows, because it says so and because it cannot be evaluated.
        ((f"{FEATURE}, when: context.beta",), KEY, BETA, ("not_permitted", ("r0",), ())),
        ((f"{FEATURE}, when: context.beta",), KEY, Context(), ("not_permitted", ("r0",), ("r0",))),
        # Another denial that passes some rows is none of theirs.
        ((f"{FEATURE}, when: context.beta", f"{FEATURE}, when: resource.locked"), KEY, BETA, ("not_permitted", ("r0",), ())),
        # What allows nothing: of rules that have no value it is told, of false ones and of grants on nothing it is not.
        (("effect: allow, when: context.beta",), NOTHING, Context(), ("scope_missing", (), ("r0",))),
        (("effect: allow, when: context.beta",), NOTHING, NO_BETA, ("scope_missing", (), ())),
        (("effect: allow, when: context.beta",), NARROWED, NO_BETA, ("scope_missing", (), ())),
        # A later stage counts where anything is granted.
        (("effect: allow, when: context.beta", f"{FEATURE}, when: '!context.beta'"), KEY, NO_BETA, ("not_permitted", ("r1",), ())),
        (("effect: allow, when: context.beta", f"{FEATURE}, when: '!context.beta'"), NOTHING, NO_BETA, ("scope_missing", (), ())),
        (("effect: allow, when: resource.locked", f"{FEATURE}, when: context.beta"), NOTHING, BETA, ("not_permitted", ("r1",), ())),
    ],
)  # fmt: skip
def test_why_no_row_passes(
    tmp_path: Path,
    rules: tuple[str, ...],
    who: Principal,
    context: Context,
    expected: tuple[str, tuple[str, ...], tuple[str, ...]],
) -> None:
    """The decision is the denial of every row, twice as once: its code, the rules it is by, and those without a value."""
    made = guard(tmp_path, *rules)
    for _ in range(2):
        found = made.filter(who, "docs:read", context)
        assert found.state == "none"
        assert (found.decision.code, found.decision.rules, found.decision.errors) == expected


def test_what_allows_rows(tmp_path: Path) -> None:
    """What allows all of them where anything does, else all that may allow some; advice that holds for all."""
    made = guard(
        tmp_path,
        "effect: allow, when: resource.locked",
        "effect: allow, when: context.beta",
        f"{FEATURE}, when: resource.size > 3",
    )
    assert made.filter(KEY, "docs:read", NO_BETA).decision.rules == ("scope:docs:read",)
    assert made.filter(NOTHING, "docs:read", NO_BETA).decision.rules == ("r0",)
    assert made.filter(NOTHING, "docs:read", BETA).decision.rules == ("r1",)


def test_a_principal_of_no_workspace_looks_at_rows_of_all(tmp_path: Path) -> None:
    """No row is of its own workspace; the base below a pack would let it see none."""
    file = tmp_path / "pack.yaml"
    file.write_text(
        PACK.replace("catalog:", "pack: {base: none, because: Its jobs are for all workspaces}\ncatalog:")
        + "rules:\n  - {id: r0, effect: allow, on: ['docs:read'], kinds: [system], unless: resource.locked}\n",
        encoding="utf-8",
    )
    job = Principal.system("job")
    found = Guard.load(file).filter(job, "docs:read")
    assert found.workspace is None
    assert [found.matches(Resource("docs", "a", each, {"locked": False})) for each in ("w", "x", None)] == [True] * 3
    assert repr(found) == f"Filter(some, docs:read for {job!r})"


def test_a_redaction_that_hangs_on_the_request(tmp_path: Path) -> None:
    """Is looked at for each request, whether the rows do or not."""
    file = tmp_path / "pack.yaml"
    for deny in (
        "",
        "  - {id: large, effect: deny, on: ['calls:read'], code: not_permitted, when: resource.size > 3}\n",
    ):
        file.write_text(
            PACK + "    notes: {actions: [read], coarse: true}\n"
            "    calls: {actions: [read], coarse: true, embeds: {read: [notes]}, attributes: {size: int}}\n"
            "rules:\n  - {id: notes, effect: allow, on: ['notes:read'], when: context.beta, kinds: [api_key]}\n" + deny,
            encoding="utf-8",
        )
        made = Guard.load(file)
        who = Principal.api_key("k", workspace="w", scopes="calls:read")
        for _ in range(2):
            for context, left_out in ((BETA, ()), (NO_BETA, ("notes",)), (Context(), ("notes",))):
                assert made.filter(who, "calls:read", context).decision.redact == left_out


def test_what_was_asked_is_the_operation(tmp_path: Path) -> None:
    """Where one was, as of every other question."""
    file = tmp_path / "pack.yaml"
    file.write_text(f"{PACK}  operations: {{docs.search: {{needs: 'docs:read'}}}}\n", encoding="utf-8")
    assert Guard.load(file).filter(KEY, "docs.search").asked == AccessRequest(KEY, "docs.search", None, Context())


def test_an_unknown_action_passes_nothing(tmp_path: Path) -> None:
    """As a check denies it."""
    found = guard(tmp_path).filter(KEY, "docs:reed")
    assert (found.state, found.decision.code, found.surface) == ("none", "unmapped_action", None)


def test_malformed_questions_are_refused(tmp_path: Path) -> None:
    """As everywhere."""
    made = guard(tmp_path)
    with pytest.raises(RequestError):
        made.filter("k", "docs:read")  # type: ignore[arg-type]
    with pytest.raises(RequestError):
        made.filter(KEY, 3)  # type: ignore[arg-type]
    with pytest.raises(RequestError):
        made.filter(KEY, "docs:read").matches(None)
    with pytest.raises(RequestError, match=r"^a row is a Resource or of a registered type$"):
        made.filter(KEY, "docs:read").matches(LEFT_OUT)


def test_a_row_matches_by_a_check(tmp_path: Path) -> None:
    """What is opaque too; never a row of another workspace."""
    made = guard(tmp_path, 'effect: deny, code: not_permitted, when: "resource.size + 1 > 2"')
    found = made.filter(KEY, "docs:read")
    assert found.matches(Resource("docs", "a", "w", {"size": 1}))
    assert not found.matches(Resource("docs", "a", "w", {"size": 2}))
    assert not found.matches(Resource("docs", "a", "w"))
    assert not found.matches(Resource("docs", "a", "x", {"size": 1}))


def test_a_test_knows_its_rule(tmp_path: Path) -> None:
    """By id, and where it is written."""
    condition = allowing(tmp_path, 'resource.owner == "a"')
    (test,) = each_test(condition)
    assert test.origin is not None
    assert test.origin.rule == "r0"
    assert str(test.origin.place).endswith("pack.yaml:22:5")


def test_observers_are_told(tmp_path: Path) -> None:
    """Of the decision of a filter, as of every other."""
    made = guard(tmp_path)
    seen: list[tuple[Decision, AccessRequest]] = []
    made.observe(lambda decision, asked: seen.append((decision, asked)))
    found = made.filter(KEY, "docs:read")
    assert seen == [(found.decision, AccessRequest(KEY, "docs:read", None, Context()))]


def test_a_redaction_for_any_row_is_one_of_the_list(tmp_path: Path) -> None:
    """What has to be left out of an answer about some row is left out of the list."""
    file = tmp_path / "pack.yaml"
    file.write_text(
        PACK + "    notes: {actions: [read], coarse: true}\n"
        "    calls: {actions: [read], coarse: true, embeds: {read: [notes]}}\n", encoding="utf-8",
    )  # fmt: skip
    made = Guard.load(file)
    assert made.filter(Principal.api_key("k", workspace="w", scopes="calls:read"), "calls:read").decision.redact == (
        "notes",
    )
    both = Principal.api_key("k", workspace="w", scopes="calls:read notes:read")
    assert made.filter(both, "calls:read").decision.redact == ()


def test_conditions_are_values(tmp_path: Path) -> None:
    """They are pickled, hashed, compared and read; the filter stays where its guard is."""
    condition = denying(tmp_path, 'resource.owner == "a" && (resource.locked || !(resource.title in ["x"]))')
    assert pickle.loads(pickle.dumps(condition)) == condition  # noqa: S301  # made here
    assert len({condition, condition}) == 1
    assert str(condition) == 'owner != "a" || (locked == false && title in ["x"])'
    with pytest.raises(TypeError, match="stays in its process"):
        pickle.dumps(guard(tmp_path).filter(KEY, "docs:read"))
    assert Compare("==", OWNER, Value("a")) != Compare("==", TITLE, Value("a"))
    assert str(Not(Has(OWNER))) == "!has(owner)"
    assert str(Compare("<", MADE, Value(NOW))) == 'made_at < timestamp("2026-03-01T00:00:00+00:00")'
    assert str(Value(timedelta(hours=1))) == 'duration("3600.0s")'
    assert [str(each) for each in (ALWAYS, NEVER, Value(True), Value(1.5), In(SIZE, (1, 2)))] == [
        "true", "false", "true", "1.5", "size in [1, 2]",
    ]  # fmt: skip


ABOUT_REQUESTS = (
    "effect: allow, when: context.beta",
    "effect: allow, kinds: [api_key]",
    "effect: allow, when: principal.level > 3",
    "effect: deny, code: not_permitted, when: context.beta",
    "effect: deny, code: not_permitted, when: principal.level > 3",
    "effect: deny, code: feature_not_available, stage: feature, unless: context.beta",
    "effect: deny, code: feature_not_available, stage: feature, when: principal.team == 'a'",
    "effect: advise, code: later, when: context.beta",
    "effect: advise, code: sooner, when: principal.team == 'a'",
    "effect: allow, on: ['notes:read'], when: context.beta",
    "effect: allow, on: ['notes:read'], when: principal.team == 'a'",
)
ASKING = [
    Principal.api_key("k", workspace="w", scopes=scopes, attributes=attributes)
    for scopes in ("calls:read", "calls:read/c_1", "docs:write")
    for attributes in ({}, {"team": "a", "level": 1}, {"team": "b", "level": 4})
]


@pytest.mark.parametrize("pair", [*combinations(ABOUT_REQUESTS, 2)], ids=" | ".join)
def test_what_is_the_same_for_every_row_is_decided_as_one_row_is(tmp_path: Path, pair: tuple[str, str]) -> None:
    """By rules about the request alone: code, rules, errors, advice and what is left out, for one request as for others."""
    rules = "".join(
        f"  - {{id: r{number}, {'' if 'on:' in rule else 'on: [calls:read], '}{rule}}}\n".replace(
            "calls:read]", "'calls:read']"
        )
        for number, rule in enumerate(pair)
    )
    file = tmp_path / "pack.yaml"
    file.write_text(
        f"{PACK}    notes: {{actions: [read], coarse: true}}\n"
        "    calls: {actions: [read], coarse: true, qualifiable: true, embeds: {read: [notes]}}\n"
        "recovery:\n  later: {class: advice, remedy: {text: Later.}}\n  sooner: {class: advice, remedy: {text: Sooner.}}\n"
        f"rules:\n{rules}",
        encoding="utf-8",
    )
    made = Guard.load(file)
    for context in (BETA, NO_BETA, Context()):
        for who in ASKING:
            one = made.check(who, "calls:read", Resource("calls", "c_1", "w"), context)
            other = made.check(who, "calls:read", Resource("calls", "c_2", "w"), context)
            found = made.filter(who, "calls:read", context)
            if one.allowed is other.allowed:
                # What is narrowed allows one row outright, and is told of a later denial for that one.
                told = other if one.allowed else one
                assert found.state == ("all" if told.allowed else "none")
                assert (found.decision.code, found.decision.also) == (told.code, told.also)
                assert (found.decision.rules, found.decision.errors) == (told.rules, told.errors)
            allowed = next((each for each in (other, one) if each.allowed), None)
            if allowed is not None:
                assert found.decision.redact == allowed.redact
                assert found.decision.advice == allowed.advice


def test_a_remedy_for_some_circumstances_is_that_of_each_request(tmp_path: Path) -> None:
    """Where the request says which one, though every row is denied by the same rule in each of them."""
    file = tmp_path / "pack.yaml"
    file.write_text(
        PACK + "recovery:\n  closed:\n    {class: recovery, status: 403, remedy: {text: Wait.},\n"
        "     remedies: [{when: context.beta, text: Leave.}]}\n"
        "rules:\n"
        "  - {id: r0, effect: deny, on: ['docs:read'], stage: feature, code: closed}\n",
        encoding="utf-8",
    )
    made = Guard.load(file)
    for _ in range(2):
        for context, text in ((BETA, "Leave."), (NO_BETA, "Wait."), (Context(), "Wait.")):
            remedy = made.filter(KEY, "docs:read", context).decision.remedy
            assert remedy is not None
            assert remedy.text == text


def test_a_filter_is_equal_to_itself_alone(tmp_path: Path) -> None:
    """Whatever it says: it answers by the guard that made it."""
    made = guard(tmp_path, "effect: deny, code: not_permitted, when: resource.locked")
    first, second = (made.filter(KEY, "docs:read") for _ in range(2))

    assert first == first  # noqa: PLR0124  # that is what is asked
    assert first != second
    assert len({first, second}) == 2


@pytest.mark.parametrize(("team", "passes"), [("x", True), ("y", False)])
def test_what_no_row_has_a_say_in_is_filled_in_within_a_macro(tmp_path: Path, team: str, passes: bool) -> None:
    """For each element of the list of the request, as outside of one."""
    when = 'principal.groups.exists(g, g == resource.owner && principal.team == "x")'
    plain = allowing(tmp_path, "principal.groups.exists(g, g == resource.owner)", groups=["a", "b"])
    assert plain not in (ALWAYS, NEVER)
    assert allowing(tmp_path, when, groups=["a", "b"], team=team) == (plain if passes else NEVER)
