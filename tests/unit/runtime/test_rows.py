"""Rows: what is remembered of earlier requests changes no answer, is bounded, and keeps nothing alive."""

import copy
import enum
import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scopeguard import Context, Decision, Guard, Principal, RequestError, Resource
from scopeguard.compiling.program import Program
from scopeguard.limits import CALLS_BEFORE_CODE, MAX_FACT_SETS
from scopeguard.model.principal import UNBOUND, remember
from scopeguard.model.request import LEFT_OUT
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.memory import ASKED_ONCE
from scopeguard.runtime.specialisation import Kept
from tests.kept import engine_of, kept_actions

PACK = """
scopeguard: 1
pack: {base: none, because: About other rules than those.}
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}, attributes: {owner: string}}
    files: {actions: [read], coarse: true, qualifiable: true}
    logs: {actions: [read], coarse: true}
  operations:
    notes.publish: {needs: "notes:write"}
  attributes:
    context: {ip: string, device: string}
  channels: [server, browser]
roles:
  editor: {holds: ["notes:write"], rank: 1}
rules:
  - id: tenancy
    effect: deny
    stage: workspace
    on: ["notes:*", "files:*"]
    unless: principal.workspace == resource.workspace
    code: workspace_mismatch
  - {id: notes.browser, effect: deny, on: ["notes:write", notes.publish], channels: [browser], code: dashboard_only}
  - {id: notes.ip, effect: deny, on: ["notes:read"], when: 'has(context.ip) && context.ip == "bad"', code: not_permitted}
  - {id: files.own, effect: allow, on: ["files:read"], kinds: [member], when: 'resource.id == principal.id'}
  - {id: logs.own, effect: allow, on: ["logs:read"], kinds: [system], when: principal.workspace == resource.workspace}
  - {id: logs.open, effect: allow, on: ["logs:read"], kinds: [anonymous], when: '!has(resource.workspace)'}
"""
OTHER_PACK = PACK.replace('["notes:write"], rank', '["files:read"], rank').replace("[member]", "[session]")
SERVER, BROWSER = Context(channel="server"), Context(channel="browser")


class Verb(enum.StrEnum):
    """Actions as a host lists them."""

    READ = "notes:read"
    PUBLISH = "notes.publish"
    UNKNOWN = "nothing:read"


class Text(str):
    """A host's own kind of text."""

    __slots__ = ()


@dataclass
class Note:
    """An object that the host registers."""

    id: str
    workspace: str | None
    owner: str = "usr_1"


def key(scopes: str = "notes:write files:read/f_1") -> Principal:
    """A key that nobody used before."""
    return copy.copy(Principal.api_key("key_1", workspace="ws_1", scopes=scopes))


def member(*roles: str) -> Principal:
    """A member that nobody used before."""
    return copy.copy(Principal.member("usr_1", workspace="ws_1", roles=list(roles)))


def load(folder: Path, pack: str = PACK, **options: Any) -> Guard:
    """A guard for a pack, with the one registered type."""
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    guard = Guard.load(folder, **options)
    guard.register(Note, surface="notes", attributes=["owner"])
    return guard


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard that nobody asked yet."""
    return load(tmp_path)


def answer(ask: Callable[[], Decision]) -> Decision | str:
    """The decision, or that the question was refused and why."""
    try:
        return ask()
    except RequestError as error:
        return f"refused: {error}"


PRINCIPALS: tuple[Principal, ...] = (
    key(),
    key(""),
    member("editor"),
    member(),
    Principal.session("ses_1", workspace="ws_1", scopes="notes:read"),
    Principal.system("job_1", workspace="ws_1"),
    Principal.system("job_1"),
    Principal.anonymous(),
)
ACTIONS: tuple[Any, ...] = (
    "notes:read", "notes:write", "notes.publish", "files:read", "logs:read", "nothing:read", "a\nb", "",
    Verb.READ, Verb.PUBLISH, Verb.UNKNOWN, Text("notes:write"), Text("nothing"), 7, None, ["notes:read"],
)  # fmt: skip
RESOURCES: tuple[Any, ...] = (
    LEFT_OUT,
    *(Resource(surface, one, workspace) for surface, one in (("notes", "n_1"), ("files", "f_1"), ("files", "usr_1"), ("logs", None))
      for workspace in (None, "ws_1", "ws_2")),
    *(Note("n_1", workspace) for workspace in (None, "ws_1", "ws_2")),
    "notes", object(), None,
)  # fmt: skip
CONTEXTS = (
    SERVER,
    BROWSER,
    Context(),
    *(Context(channel="server", attributes={"ip": ip}) for ip in ("good", "bad")),
    Context(channel="server", attributes={"device": "bad"}),
)
CASES = tuple(product(PRINCIPALS, ACTIONS, RESOURCES, CONTEXTS))


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Decision | str]:
    """The answer of a guard that keeps no rows to a principal that nobody used: nothing is remembered anywhere."""
    forgetful = load(tmp_path_factory.mktemp("cold"), max_rows=0)

    def ask(principal: Principal, action: Any, resource: Any, context: Context) -> Decision | str:
        return answer(lambda: forgetful.check(copy.copy(principal), action, resource, context))

    return ask


def drawn(random: Random, count: int) -> Iterator[tuple[Principal, Any, Any, Context]]:
    """Some cases, each twice, so that the second finds what the first left."""
    some = random.sample(CASES, count)
    again = list(some)
    random.shuffle(again)
    yield from some
    yield from again


@pytest.mark.parametrize("seed", range(2))
def test_warm_equals_cold(guard: Guard, cold: Callable[..., Decision | str], seed: int) -> None:
    """Decisions and refusals are those of a guard that remembers nothing, in whatever order it is asked."""
    seen = set()
    for principal, action, resource, context in drawn(Random(seed), 600):
        expected = cold(principal, action, resource, context)
        # Also when there is code for it.
        for _ in range(CALLS_BEFORE_CODE + 2):
            found = answer(lambda: guard.check(principal, action, resource, context))  # noqa: B023  # called at once
            assert found == expected, (principal, action, resource, context)
        seen.add(found.code if isinstance(found, Decision) else found.split(",")[0])
    # What came to the same everywhere would show nothing.
    assert seen >= {None, "workspace_mismatch", "dashboard_only", "not_permitted", "scope_missing", "unmapped_action",
                    "member_permission_missing", 'refused: the resource is of the surface "files"', "refused: an action must be a str",
                    "refused: a resource must be a Resource or of a registered type"}  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_many_equal_one_by_one(guard: Guard, seed: int) -> None:
    """check_many gives what check gives for each, and refuses with the words of the first that check refuses."""
    random, refusals = Random(seed), 0
    for _ in range(150):
        principal, context = random.choice(PRINCIPALS), random.choice(CONTEXTS)
        items = [(random.choice(ACTIONS[:5]), random.choice(RESOURCES[:-3])) for _ in range(20)]
        if random.random() < 0.3:
            items.append((random.choice(ACTIONS), random.choice(RESOURCES)))
        one_by_one = [answer(lambda: guard.check(principal, *item, context)) for item in items]  # noqa: B023
        good = [item for item, found in zip(items, one_by_one, strict=True) if isinstance(found, Decision)]
        assert guard.check_many(principal, good, context) == [one for one in one_by_one if isinstance(one, Decision)]
        refused = next((found for found in one_by_one if isinstance(found, str)), None)
        if refused is not None:
            refusals += 1
            with pytest.raises(RequestError) as caught:
                guard.check_many(principal, items, context)
            assert f"refused: {caught.value}" == refused
    assert refusals > 50


JOB, LOOSE_JOB, NOBODY = PRINCIPALS[-3:]
EXPECTED: list[tuple[Principal, str, object, bool]] = [
    (key(), "notes:read", LEFT_OUT, True),
    (key(), "notes:read", Resource("notes", "n_1", "ws_1"), True),
    (key(), "notes:read", Resource("notes", "n_1", "ws_2"), False),
    (key(), "notes:read", Resource("notes", "n_1"), False),
    (key(), "files:read", Resource("files", "f_1", "ws_1"), True),
    (key(), "files:read", Resource("files", "f_2", "ws_1"), False),
    (key(), "files:read", LEFT_OUT, False),
    (JOB, "logs:read", LEFT_OUT, True),
    (JOB, "logs:read", Resource("logs", None, "ws_1"), True),
    (JOB, "logs:read", Resource("logs", None, "ws_2"), False),
    (JOB, "logs:read", Resource("logs"), False),
    # Without a workspace there is none to compare with, not one that is equal to none.
    (LOOSE_JOB, "logs:read", LEFT_OUT, False),
    (LOOSE_JOB, "logs:read", Resource("logs"), False),
    (LOOSE_JOB, "logs:read", Resource("logs", None, "ws_1"), False),
    (NOBODY, "logs:read", LEFT_OUT, True),
    (NOBODY, "logs:read", Resource("logs"), True),
    (NOBODY, "logs:read", Resource("logs", None, "ws_1"), False),
    (NOBODY, "notes:read", Resource("notes"), False),
]


def test_what_is_known_of_the_resource_decides(guard: Guard) -> None:
    """Own, another, none at all, or without a workspace: each has its own answer, in every order, one and many."""
    for seed in range(CALLS_BEFORE_CODE + 4):
        order = Random(seed).sample(EXPECTED, len(EXPECTED))
        for principal, action, resource, allowed in order:
            assert guard.check(principal, action, resource, SERVER).allowed is allowed, (principal, action, resource)
    for principal in {case[0] for case in EXPECTED}:
        mine = [case for case in EXPECTED if case[0] == principal]
        found = guard.check_many(principal, [(action, resource) for _, action, resource, _ in mine], SERVER)
        assert [decision.allowed for decision in found] == [allowed for *_, allowed in mine]


def contexts(guard: Guard) -> set[str]:
    """The classes of contexts that something is kept for."""
    return {context for context, _, _ in kept_actions(engine_of(guard))}


def actions(guard: Guard) -> set[str]:
    """The actions that something is kept for."""
    return {name for _, name, _ in kept_actions(engine_of(guard))}


def test_contexts_beyond_the_bound(guard: Guard) -> None:
    """Classes of contexts without end get the right answers, and a bounded number of them is known."""
    who = key()
    note, other = Resource("notes", "n_1", "ws_1"), Resource("notes", "n_1", "ws_2")
    for again in range(2):
        for number in range(MAX_FACT_SETS + 50):
            channel = ("server", "browser")[number % 2]
            context = Context(channel, f"env_{number}", attributes={"ip": "bad"} if number % 3 else None)
            assert guard.check(who, "notes:write", note, context).allowed is (channel == "server"), (again, number)
            assert guard.check(who, "notes.publish", context=context).allowed is (channel == "server")
            assert guard.check(who, "notes:read", note, context).allowed is (number % 3 == 0)
            assert guard.check(who, "notes:read", other, context).code == "workspace_mismatch"
            many = guard.check_many(who, [("notes:write", note), ("notes:read", note), ("notes:write", other)], context)
            assert [one.allowed for one in many] == [channel == "server", number % 3 == 0, False]
    assert len(guard._generation._classes) <= MAX_FACT_SETS
    assert actions(guard) == {"notes:read", "notes:write", "notes.publish"}


def test_contexts_of_one_class_share_what_is_kept(guard: Guard) -> None:
    """Values of attributes, facts and the time make no other class; the names of attributes do."""
    who, note = key(), Resource("notes", "n_1", "ws_1")
    ips = ("good", "bad", "good", "worse", "bad") * CALLS_BEFORE_CODE
    found = [guard.check(who, "notes:read", note, Context("server", attributes={"ip": ip})).allowed for ip in ips]
    assert found == [True, False, True, True, False] * CALLS_BEFORE_CODE
    assert guard.check(who, "notes:read", note, Context("server", facts={"quantity": 1}, attributes={"ip": "good"}))
    assert len(contexts(guard)) == 1
    assert guard.check(who, "notes:read", note, Context("server", attributes={"device": "bad"}))
    assert len(contexts(guard)) == 2
    assert not guard.check(who, "notes:read", note, Context("server", attributes={"device": "x", "ip": "bad"}))
    assert len(contexts(guard)) == 3


@pytest.mark.parametrize(
    "first", ["notes.publish", Verb.PUBLISH, Text("notes.publish")], ids=lambda one: type(one).__name__
)
def test_what_is_equal_to_an_action_is_that_action(guard: Guard, first: str) -> None:
    """Whoever comes first, the others get the same, and decisions and rows hold plain texts."""
    who, note = key(), Resource("notes", "n_1", "ws_1")
    expected = guard.check(who, first, note, SERVER)
    assert (expected.allowed, expected.operation, expected.permission) == (True, "notes.publish", "notes:write")
    for action in ("notes.publish", Verb.PUBLISH, Text("notes.publish"), first):
        assert guard.check(who, action, note, SERVER) == expected
        assert guard.check_many(who, [(action, note)], SERVER) == [expected]
    assert [type(action) for action in (*actions(guard), expected.operation, expected.permission)] == [str] * 3


@pytest.mark.parametrize(
    "action", [Verb.UNKNOWN, Text("notes:reads"), 7, None, ["notes:read"], {}, b"notes:read", "", "a\nb"], ids=repr
)
def test_what_is_equal_to_no_action_is_refused(guard: Guard, action: Any) -> None:
    """Only a plain text may name an action that there is not; anything else is refused, before and after others."""
    who, note = key(), Resource("notes", "n_1", "ws_1")
    for _ in range(2):
        for resource in (LEFT_OUT, note):
            with pytest.raises(RequestError, match="an action"):
                guard.check(who, action, resource, SERVER)
            with pytest.raises(RequestError, match="an action"):
                guard.check_many(who, [("notes:read", resource), (action, resource)], SERVER)
        guard.check(who, "notes:read", note, SERVER)
        guard.check(who, "notes:read", context=SERVER)


@pytest.mark.parametrize("workspace", [None, "ws_1", "ws_2"])
def test_a_resource_of_another_surface_is_refused(guard: Guard, workspace: str | None) -> None:
    """Before anything is remembered, and when all of it is: for every action, one and many."""
    who = key("notes:write files:read")
    right, wrong = Resource("notes", "x", workspace), Resource("files", "x", workspace)
    for _ in range(3):
        for action in ("notes:read", "notes:write", "notes.publish"):
            for ask in (lambda about: guard.check(who, action, about, SERVER),  # noqa: B023  # called at once
                        lambda about: guard.check_many(who, [(action, about)], SERVER)):  # noqa: B023  # fmt: skip
                with pytest.raises(RequestError, match=f'of the surface "files", but {action} is about "notes"'):
                    ask(wrong)
                ask(right)


def alive(kind: type, digest: str) -> int:
    """How many programs, engines or kept answers of one pack there are."""
    gc.collect()
    found: list[Any] = [item for item in gc.get_objects() if type(item) is kind]
    if kind is Kept:
        found = [item.residual for item in found]
    return sum((item if kind is Program else item.program).digest == digest for item in found)


def remembering(guard: Guard) -> Iterable[Principal]:
    """Principals that a guard was asked about in every way, some of which are kept for whoever comes next."""
    *_, kept = (Principal.api_key("kept", workspace="ws_1", scopes="notes:write") for _ in range(3))
    assert kept is Principal.api_key("kept", workspace="ws_1", scopes="notes:write")
    principals = [
        kept,
        Principal.member("kept", workspace="ws_1", roles=["editor"]),
        key(),
        *map(copy.copy, PRINCIPALS),
    ]
    for principal in principals:
        for action, resource, context in product(ACTIONS[:5:2], RESOURCES[:-3:2], CONTEXTS[:2]):
            answer(lambda: guard.check(principal, action, resource, context))  # noqa: B023  # called at once
        guard.check_many(principal, [("notes:read", RESOURCES[1])], SERVER)
        assert principal.bound is not UNBOUND
    return principals


REMEMBERED = (
    ("notes:read", Resource("notes", "n_1", "ws_1")),
    ("notes:read", Resource("notes", "n_1", "ws_2")),
    ("files:read", Resource("files", "f_1", "ws_1")),
    ("files:read", Resource("files", "usr_1", "ws_1")),
)
"""Questions whose answers are settled, by the id of the resource, and up to the request."""


@pytest.mark.parametrize("who", [key(), member("editor")], ids=["by id", "up to the request"])
@pytest.mark.parametrize("is_observed", [False, True])
def test_what_is_remembered_is_not_asked_of_the_pack(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, who: Principal, *, is_observed: bool
) -> None:
    """By none of the ways to ask, and the answers are those that the pack gave."""
    for _ in range(2 * CALLS_BEFORE_CODE):
        first = [guard.check(who, action, resource, SERVER) for action, resource in REMEMBERED]
    monkeypatch.setattr(Engine, "check", None)
    if is_observed:
        guard.observe(lambda *_: None)
    assert [guard.check(who, action, resource, SERVER) for action, resource in REMEMBERED] == first
    assert guard.check_many(who, REMEMBERED, SERVER) == first


def test_who_is_asked_about_for_the_first_time_elsewhere_is_remembered_here(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread may note that a principal was asked about once while this one remembers the answer."""
    who, remembered = key(), Engine.remembered

    def disturbed(*asked: Any) -> Any:
        found = remembered(*asked)
        remember(who, ASKED_ONCE)
        return found

    monkeypatch.setattr(Engine, "remembered", disturbed)
    for _ in range(3):
        assert guard.check(who, "notes:read", NOTE, SERVER)


@pytest.mark.parametrize("max_rows", [0, 100])
def test_a_pack_replaced_is_garbage(tmp_path: Path, max_rows: int) -> None:
    """After a reload nothing is left of the pack before, however many principals were asked about under it."""
    guard = load(tmp_path, PACK.replace("logs.open", f"logs.replaced{max_rows}"), max_rows=max_rows)
    old = guard.digest
    principals = remembering(guard)
    assert (alive(Program, old), alive(Engine, old)) == (1, 1)
    assert alive(Kept, old) >= min(max_rows, 1)
    (tmp_path / "pack.yaml").write_text(OTHER_PACK, encoding="utf-8")
    guard.reload()
    assert guard.digest != old
    assert (alive(Program, old), alive(Engine, old), alive(Kept, old)) == (0, 0, 0)
    # They remember it still, and get the answers of the new one.
    for principal in principals:
        found = answer(lambda: guard.check(principal, "notes:read", context=SERVER))  # noqa: B023  # called at once
        assert not isinstance(found, Decision) or found.policy_digest == guard.digest


def test_a_guard_dropped_is_garbage(tmp_path: Path) -> None:
    """The same where the guard itself is gone."""
    guard = load(tmp_path, PACK.replace("logs.open", "logs.dropped"))
    old = guard.digest
    principals = remembering(guard)
    assert alive(Program, old) == 1
    del guard
    assert (alive(Program, old), alive(Engine, old), alive(Kept, old)) == (0, 0, 0)
    assert all(principal.bound is not UNBOUND for principal in principals)


def test_one_principal_of_two_guards(tmp_path: Path) -> None:
    """Asked by two guards in turn, it gets the answers of each: nothing of one is taken for the other's."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = load(folders[0]), load(folders[1], OTHER_PACK)
    editor = Principal.member("two_guards", workspace="ws_1", roles=["editor"])
    note, file = Resource("notes", "n_1", "ws_1"), Resource("files", "f_1", "ws_1")
    for number in range(12):
        for guard, reads_notes in ((one, True), (two, False), (one, True))[number % 3 :]:
            for resource in (note, LEFT_OUT):
                found = guard.check(editor, "notes:read", resource, SERVER)
                assert (found.allowed, found.policy_digest) == (reads_notes, guard.digest)
            (found,) = guard.check_many(editor, [("files:read", file)], SERVER)
            assert (found.allowed, found.policy_digest) == (not reads_notes, guard.digest)


# What only looks like one of ours: whatever came before it, it is refused, or is what it passes everything on to.


class Wrapped:
    """Passes every attribute on to what it wraps, as lazy objects and proxies do, but for those that it has."""

    def __init__(self, inner: object, **own: object) -> None:
        self.__dict__.update(own)
        self.__dict__["inner"] = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["inner"], name)


class Lying(Wrapped):
    """Passes on what it is of, too: what asks for its class is told another one."""

    @property  # type: ignore[misc]  # this is what it is about
    def __class__(self) -> type:
        return type(self.__dict__["inner"])


def warmed(guard: Guard, who: Principal) -> None:
    """Have everything remembered that may be."""
    for workspace in ("ws_1", "ws_2"):
        for _ in range(2):
            guard.check(who, "notes:read", Resource("notes", "n_1", workspace), SERVER)
            guard.check(who, "notes:read", context=SERVER)
            guard.check(who, "files:read", Resource("files", "f_1", workspace), SERVER)
    assert who.bound.token is guard._token


NOTE, FILE = Resource("notes", "n_1", "ws_1"), Resource("files", "f_1", "ws_1")
ABROAD = Resource("notes", "n_1", "ws_2")
IMPOSTORS: dict[str, Callable[[Principal], tuple[Any, Any, Any]]] = {
    "principal": lambda who: (Wrapped(who), NOTE, SERVER),
    "principal, of no resource": lambda who: (Wrapped(who), LEFT_OUT, SERVER),
    "principal of another workspace": lambda who: (Wrapped(who, workspace="ws_2"), ABROAD, SERVER),
    "principal of another class": lambda who: (Wrapped(who, shape=Principal.system("job_1").shape), NOTE, SERVER),
    "principal of its memo alone": lambda who: (Wrapped(None, bound=who.bound, workspace="ws_1"), NOTE, SERVER),
    "principal of its memo and another workspace": lambda who: (Wrapped(None, bound=who.bound, workspace="ws_2"), ABROAD, SERVER),
    "context": lambda who: (who, NOTE, Wrapped(SERVER)),
    "context, of no resource": lambda who: (who, LEFT_OUT, Wrapped(SERVER)),
    "context of its class alone": lambda who: (who, NOTE, Wrapped(None, group=SERVER.group)),
    "resource": lambda who: (who, Wrapped(NOTE), SERVER),
    "resource of another workspace": lambda who: (who, Wrapped(ABROAD), SERVER),
    "principal that lies of its class": lambda who: (Lying(who), NOTE, SERVER),
    "resource that lies of its class": lambda who: (who, Lying(NOTE), SERVER),
    "context that lies of its class": lambda who: (who, NOTE, Lying(SERVER)),
}  # fmt: skip
"""Each asks for what it wraps, and may say something else of itself."""


@pytest.mark.parametrize("name", IMPOSTORS)
def test_impostors_have_nothing_of_their_own(guard: Guard, name: str) -> None:
    """Nobody gets more than what he wraps; and who was refused before everything was remembered is so told."""
    who = key()
    with pytest.raises(RequestError):
        guard.check(*swap(IMPOSTORS[name](who)))
    warmed(guard, who)
    principal, resource, context = IMPOSTORS[name](who)
    genuine = guard.check(who, "notes:read", resource.inner if isinstance(resource, Wrapped) else resource, SERVER)
    for ask in (lambda: guard.check(principal, "notes:read", resource, context),
                lambda: guard.check_many(principal, [("notes:read", resource)], context)[0]):  # fmt: skip
        found = answer(ask)
        assert isinstance(found, str) or found == genuine


MEMBER, KEY = Principal.member("usr_1", workspace="ws_1", roles=["editor"]), key()
BANNED = Context(channel="server", attributes={"ip": "bad"})
DENIED: dict[str, tuple[tuple[Any, str, Any, Any], tuple[Any, str, Any, Any]]] = {
    "principal": (
        (MEMBER, "files:read", Resource("files", "usr_2", "ws_1"), SERVER),
        (Wrapped(MEMBER, id="usr_2"), "files:read", Resource("files", "usr_2", "ws_1"), SERVER),
    ),
    "context": (
        (KEY, "notes:read", NOTE, BANNED),
        (KEY, "notes:read", NOTE, Wrapped(BANNED, attributes={"ip": "good"})),
    ),
    "principal that lies of its class": (
        (MEMBER, "files:read", Resource("files", "usr_2", "ws_1"), SERVER),
        (Lying(MEMBER, id="usr_2"), "files:read", Resource("files", "usr_2", "ws_1"), SERVER),
    ),
    "resource that lies of its class": (
        (MEMBER, "files:read", Resource("files", "usr_2", "ws_1"), SERVER),
        (MEMBER, "files:read", Lying(Resource("files", "usr_2", "ws_1"), id="usr_1"), SERVER),
    ),
    "context that lies of its class": (
        (KEY, "notes:read", NOTE, BANNED),
        (KEY, "notes:read", NOTE, Lying(BANNED, attributes={"ip": "good"})),
    ),
}
"""What is denied for what a request says, and one that says something else of itself: it would be allowed."""


@pytest.mark.parametrize("name", DENIED)
def test_impostors_have_nothing_of_their_own_where_it_is_up_to_the_request(guard: Guard, name: str) -> None:
    """The evaluator and generated code read what stands in a request only where it is one of ours."""
    genuine, impostor = DENIED[name]
    for _ in range(2 * CALLS_BEFORE_CODE):
        assert not guard.check(*genuine).allowed
        with pytest.raises(RequestError):
            guard.check(*impostor)
        principal, action, resource, context = impostor
        with pytest.raises(RequestError):
            guard.check_many(principal, [(action, resource)], context)


def swap(asked: tuple[Any, Any, Any]) -> tuple[Any, str, Any, Any]:
    """The arguments of a check."""
    principal, resource, context = asked
    return principal, "notes:read", resource, context


OF_THEIR_OWN: dict[str, Any] = {
    "nothing but our names": Wrapped(None, workspace="ws_1", interned_surface=NOTE.interned_surface),
    "another one's workspace": Wrapped(ABROAD, workspace="ws_1"),
    "another one's surface": Wrapped(FILE, interned_surface=NOTE.interned_surface),
}


@pytest.mark.parametrize("name", OF_THEIR_OWN)
def test_what_no_resource_says_of_itself_allows_nothing(guard: Guard, name: str) -> None:
    """An object that is no Resource has no names of ours: what it says of its workspace or surface is not believed."""
    who = key()
    for _ in range(2):
        for ask in (lambda: guard.check(who, "notes:read", OF_THEIR_OWN[name], SERVER),
                    lambda: guard.check_many(who, [("notes:read", OF_THEIR_OWN[name])], SERVER)[0]):  # fmt: skip
            found = answer(ask)
            assert isinstance(found, str) or not found.allowed
        warmed(guard, who)


@pytest.mark.parametrize("kind", [Principal, Resource, Context])
def test_nobody_else_is_one_of_ours(kind: type) -> None:
    """No class of a host's stands below ours, where it could say something else of itself than what was checked."""
    with pytest.raises(TypeError, match=f"{kind.__name__} is final"):
        type("Own", (kind,), {"__slots__": ()})


def test_a_registered_object_is_what_it_was_registered_as(guard: Guard) -> None:
    """Whatever else it has: attributes with the names of ours are not looked at."""

    class File:
        id, workspace, owner = "f_1", "ws_1", "usr_1"
        surface, interned_surface, about, group, bound = "notes", NOTE.interned_surface, "notes", SERVER.group, UNBOUND

    who = key()
    guard.register(File, surface="files")
    for _ in range(2):
        assert guard.check(who, "files:read", File(), SERVER).permission == "files:read"
        for ask in (lambda: guard.check(who, "notes:read", File(), SERVER),
                    lambda: guard.check_many(who, [("notes:read", File())], SERVER)):  # fmt: skip
            with pytest.raises(RequestError, match='of the surface "files", but notes:read is about "notes"'):
                ask()
        warmed(guard, who)


def test_few_rows_forget_and_answer_all_the_same(tmp_path: Path) -> None:
    """A principal outlives the row that it remembers, and gets the same answers from the next."""
    guard = load(tmp_path, max_rows=1)
    first, second = key("notes:read"), key("files:read")
    for _ in range(4):
        assert guard.check(first, "notes:read", NOTE, Context("server", attributes={"ip": "good"}))
        assert not guard.check(first, "notes:read", NOTE, Context("server", attributes={"ip": "bad"}))
        assert not guard.check(second, "notes:read", NOTE, SERVER)
        assert guard.check(second, "files:read", FILE, SERVER)
        assert len(guard._generation._bounded) == 1


RECORDS = """
scopeguard: 1
catalog:
  surfaces: {notes: {actions: [read, write], coarse: true}}
  attributes:
    principal: {unit: {name: string, open: bool}}
    context: {device: {trusted: bool, name: string}}
rules:
  - {id: trusted, effect: deny, on: ["notes:read"], when: has(context.device.trusted), code: not_permitted}
  - {id: open, effect: deny, on: ["notes:write"], when: has(principal.unit.open), code: not_permitted}
"""


def test_records_more_or_less(tmp_path: Path) -> None:
    """A condition that asks for a field of a record is answered anew wherever the record, or the field, is another."""
    (tmp_path / "pack.yaml").write_text(RECORDS, encoding="utf-8")
    fields: tuple[dict[str, Any], ...] = (
        {},
        {"open": True},
        {"open": False},
        {"name": "x"},
        {"name": "x", "open": False},
    )
    given: list[dict[str, Any]] = [{}, *({"unit": each} for each in fields)]
    for order in (given, given[::-1]):
        guard = Guard.load(tmp_path)
        for _ in range(CALLS_BEFORE_CODE + 2):
            for attributes in order:
                who = Principal.api_key("k", workspace="w", scopes="notes:write notes:read", attributes=attributes)
                unit = attributes.get("unit", {})
                assert guard.check(who, "notes:write").allowed is ("open" not in unit), attributes
                device = {"trusted" if name == "open" else name: value for name, value in unit.items()}
                context = Context(attributes={"device": device} if attributes else None)
                # Of one class of principals whatever the context is.
                who = Principal.api_key("k", workspace="w", scopes="notes:read")
                assert guard.check(who, "notes:read", context=context).allowed is ("open" not in unit), context
