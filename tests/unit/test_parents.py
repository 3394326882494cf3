"""Parents: scopes for what lies below a resource, and roles on one resource, in checks, lists and what is handed out."""

from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    projects: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}}
    agents:
      actions: [read, write]
      coarse: true
      qualifiable: true
      implies: {write: [read]}
      parent: {surface: projects, attribute: project}
      attributes: {project: string}
    talks:
      actions: [read, write, close]
      coarse: true
      qualifiable: true
      implies: {write: [read]}
      parent: {surface: agents, attribute: agent}
      attributes: {agent: string, project: string}
    tests:
      actions: [read, write]
      coarse: true
      implies: {write: [read]}
      parent: {surface: agents, attribute: agent}
      inherits: true
      attributes: {agent: int}
    diaries:
      actions: [read]
      explicit_only: true
      because: They are private.
      parent: {surface: agents, attribute: agent}
      attributes: {agent: string}
    folders:
      actions: [read]
      coarse: true
      qualifiable: true
      parent: {surface: folders, attribute: above}
      inherits: true
      attributes: {above: list(string)}
    files:
      actions: [read, share]
      coarse: true
      parent: {surface: folders, attribute: above}
      inherits: true
      attributes: {above: list(string)}
    prices: {actions: [read], coarse: true}
    people:
      actions: [invite]
      holdable_by: [member]
      attributes: {roles: list(role), new_roles: list(role)}
      assigns: [roles, new_roles]
    api_keys: {actions: [create, rotate, grant_sensitive], holdable_by: [member]}
scopes:
  all:read: {includes: ["*:read"]}
roles:
  keeper: {rank: 5, holds: ["agents:write", "talks:read", "prices:read", "diaries:read", "people:invite"]}
  viewer: {rank: 1, holds: ["agents:read", "talks:read"]}
  maker: {rank: 3, holds: ["api_keys:{create,rotate,grant_sensitive}"]}
rules:
  - id: people.exceeds
    effect: deny
    on: ["people:invite"]
    stage: standing
    unless: resource.new_roles.all(role, role in principal.assignable_roles)
    code: grant_exceeds_actor
  - id: people.above
    effect: deny
    on: ["people:invite"]
    stage: standing
    when: has(resource.roles) && resource.roles.exists(role, role in principal.superior_roles)
    code: not_permitted
  - id: talks.close-by-readers
    effect: allow
    on: ["talks:close"]
    requires: any(talks:read/agents:a1, talks:read/t9)
  - id: prices.not-for-keepers
    effect: deny
    on: ["prices:read"]
    when: holds("talks:read/projects:p1")
    code: not_permitted
"""


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The pack."""
    file = tmp_path_factory.mktemp("pack") / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(file)


def of(surface: str, id: str | None = None, **attributes: Any) -> Resource:
    """A resource of the workspace."""
    return Resource(surface, id, "ws_1", attributes)


def key(scopes: str, ceiling: str | None = None) -> Principal:
    """A key of the workspace."""
    return Principal.api_key("key_1", workspace="ws_1", scopes=scopes, ceiling=ceiling)


def member(*roles: str) -> Principal:
    """A member of the workspace."""
    return Principal.member("usr_1", workspace="ws_1", roles=list(roles))


SCOPES: list[tuple[str, str, Resource | None, tuple[str, ...]]] = [
    # What lies below one agent, by what the question says of it.
    ("talks:read/agents:a1", "talks:read", of("talks", "t1", agent="a1"), ("scope:talks:read/agents:a1",)),
    ("talks:read/agents:a1", "talks:read", of("talks", "t1", agent="a2"), ()),
    ("talks:read/agents:a1", "talks:read", of("talks", "a1"), ()),
    ("talks:read/agents:a1", "talks:read", None, ()),
    ("talks:read/agents:a1", "talks:write", of("talks", "t1", agent="a1"), ()),
    ("talks:write/agents:a1", "talks:read", of("talks", "t1", agent="a1"), ("scope:talks:write/agents:a1",)),
    ("talks:read/agents:a1", "agents:read", of("agents", "a1"), ()),
    # Further up as far as there is an attribute for it.
    ("talks:read/projects:p1", "talks:read", of("talks", "t1", agent="a1", project="p1"), ("scope:talks:read/projects:p1",)),
    ("talks:read/projects:p1", "talks:read", of("talks", "t1", agent="p1"), ()),
    ("tests:read/projects:p1", "tests:read", of("tests", "x", agent=1), ()),
    # A grant on the agent is for the agent; what inherits is reached too, by the same action, with what that implies.
    ("agents:write/a1", "agents:read", of("agents", "a1"), ("scope:agents:write/a1",)),
    ("agents:write/a1", "talks:read", of("talks", "t1", agent="a1"), ()),
    ("agents:write/7", "tests:read", of("tests", "x", agent=7), ("scope:agents:write/7",)),
    ("agents:write/7", "tests:write", of("tests", "x", agent=7), ("scope:agents:write/7",)),
    ("agents:read/7", "tests:write", of("tests", "x", agent=7), ()),
    ("agents:read", "tests:read", None, ("scope:agents:read",)),
    ("agents:write", "talks:read", None, ()),
    ("agents:write/projects:p1", "tests:read", of("tests", "x", agent=7), ()),
    # Explicit-only surfaces are reached by no grant on their parent; their own scope may be narrowed by it.
    ("agents:write/a1 all:read", "diaries:read", of("diaries", "d", agent="a1"), ()),
    ("diaries:read/agents:a1", "diaries:read", of("diaries", "d", agent="a1"), ("scope:diaries:read/agents:a1",)),
    # Folders in folders: any of those that something lies in.
    ("folders:read/folders:f1", "folders:read", of("folders", "f1"), ("scope:folders:read/folders:f1",)),
    ("folders:read/folders:f1", "folders:read", of("folders", "f2", above=["f0", "f1"]), ("scope:folders:read/folders:f1",)),
    ("folders:read/f1", "folders:read", of("folders", "f2", above=["f0", "f1"]), ("scope:folders:read/f1",)),
    ("folders:read/f1", "files:read", of("files", "x", above=["f1", "f2"]), ("scope:folders:read/f1",)),
    ("folders:read/f1", "files:share", of("files", "x", above=["f1"]), ()),
    ("files:read/folders:f1 files:read/folders:f2", "files:read", of("files", "x", above=["f2", "f1", "f1"]),
     ("scope:files:read/folders:f1", "scope:files:read/folders:f2")),
    ("files:read/folders:f1", "files:read", of("files", "x", above=[]), ()),
    ("files:read/folders:f1", "files:read", of("files", "x", above="f1"), ()),
    ("files:read/folders:f1", "files:read", of("files", "x", above=["f1", 1]), ()),
    # What no scope may be narrowed to grants nothing.
    ("talks:read/folders:f1", "talks:read", of("talks", "t1", agent="f1"), ()),
    ("agents:read/agents:a1", "agents:read", of("agents", "a1"), ()),
    ("prices:read/x", "prices:read", of("prices", "x"), ()),
    ("all:read/agents:a1", "talks:read", of("talks", "t1", agent="a1"), ()),
    # Requirements and conditions: a grant with an id is about that one.
    ("talks:read/agents:a1", "talks:close", of("talks", "t1", agent="a2"), ("talks.close-by-readers",)),
    ("talks:read/agents:a2", "talks:close", of("talks", "t1", agent="a1"), ()),
    ("talks:read/t9", "talks:close", None, ("talks.close-by-readers",)),
    ("prices:read talks:read/projects:p1", "prices:read", None, ()),
    ("prices:read talks:read/projects:p2", "prices:read", None, ("scope:prices:read",)),
]  # fmt: skip


@pytest.mark.parametrize(("scopes", "action", "about", "rules"), SCOPES)
def test_narrowed_by_a_parent(
    guard: Guard, scopes: str, action: str, about: Resource | None, rules: tuple[str, ...]
) -> None:
    """A scope for what lies below one resource, warm as cold; nothing granted is a denial."""
    for _ in range(4):
        decision = guard.check(key(scopes), action, *(() if about is None else (about,)))
        assert (decision.allowed, decision.rules if decision else ()) == (bool(rules), rules)


@pytest.mark.parametrize(("about", "said"), [
    (None, True), (of("talks", "t1"), True), (of("talks", "t1", agent="a2"), False),
])  # fmt: skip
def test_a_parent_that_the_question_does_not_give(guard: Guard, about: Resource | None, said: bool) -> None:  # a column
    """The denial is the usual one, and says what is missing."""
    more = ": it is held by resource.agent, which the question does not give" if said else ""
    for who, code in (
        (key("talks:read/agents:a1"), "scope_missing"),
        (member("viewer/agents:a1"), "member_permission_missing"),
    ):
        for _ in range(3):
            decision = guard.check(who, "talks:read", *(() if about is None else (about,)))
            assert (decision.code, decision.reason) == (code, f"nothing grants talks:read{more}")
    explained = str(guard.explain(key("talks:read/agents:a1"), "talks:read", *(() if about is None else (about,))))
    told = "holds it by resource.agent, which the question does not give" if said else "holds it for another resource"
    assert f"allow scope:talks:read/agents:a1: {told}\n" in explained


CEILINGS = [
    ("talks:read", "talks:read/agents:a1", {"agent": "a1"}, True),
    ("talks:read", "talks:read/agents:a1", {"agent": "a2"}, False),
    ("talks:read/t1", "talks:read/agents:a1", {"agent": "a1"}, True),
    ("talks:read/t1", "talks:read/agents:a1", {"agent": "a2"}, False),
    ("talks:read/t2", "talks:read/agents:a1", {"agent": "a1"}, False),
    ("talks:read/agents:a1", "talks:read/agents:a2", {"agent": "a1"}, False),
    ("talks:read/agents:a1", "agents:write/a1", {"agent": "a1"}, False),
    ("talks:read/agents:a1", "all:read", {"agent": "a1"}, True),
]


@pytest.mark.parametrize(("scopes", "ceiling", "attributes", "allowed"), CEILINGS)
def test_a_ceiling_is_narrowed_too(
    guard: Guard, scopes: str, ceiling: str, attributes: dict[str, str], allowed: bool  # a column
) -> None:  # fmt: skip
    """The key holds what both allow: both conditions, where they are of two kinds."""
    who = key(scopes, ceiling)
    assert guard.check(who, "talks:read", of("talks", "t1", **attributes)).allowed is allowed


def test_lists_say_what_checks_do(guard: Guard) -> None:
    """What is up to the resource is a condition about its attributes, in lists and in filters."""
    who = key("talks:read/agents:a1 agents:read/7 folders:read/folders:f1", "all:read talks:read/t1")
    assert dict(guard.permissions(who).conditional) == {
        "talks:read": 'resource.agent == "a1"',
        "agents:read": 'resource.id == "7"',
        "tests:read": "resource.agent == 7",
        "folders:read": 'resource.id == "f1" || "f1" in resource.above',
        "files:read": '"f1" in resource.above',
    }
    assert str(guard.filter(who, "talks:read").condition) == 'agent in ["a1"]'
    assert str(guard.filter(who, "tests:read").condition) == "agent in [7]"
    assert str(guard.filter(who, "files:read").condition) == '"f1" in above'
    assert str(guard.filter(member("viewer/agents:a1"), "talks:read").condition) == 'agent in ["a1"]'


ROLES: list[tuple[tuple[str, ...], str, Resource | None, tuple[str, ...]]] = [
    (("keeper/agents:a1",), "agents:read", of("agents", "a1"), ("role:keeper/agents:a1",)),
    (("keeper/agents:a1",), "agents:read", of("agents", "a2"), ()),
    (("keeper/agents:a1",), "talks:read", of("talks", "t1", agent="a1"), ("role:keeper/agents:a1",)),
    (("keeper/agents:a1",), "talks:read", of("talks", "a1", agent="a2"), ()),
    (("keeper/agents:a1",), "diaries:read", of("diaries", "d", agent="a1"), ("role:keeper/agents:a1",)),
    (("keeper/agents:a1",), "prices:read", of("prices", "a1"), ()),
    (("keeper/agents:7",), "tests:read", of("tests", "x", agent=7), ("role:keeper/agents:7",)),
    (("viewer/agents:7",), "tests:write", of("tests", "x", agent=7), ()),
    (("keeper/projects:p1",), "agents:write", of("agents", "a1", project="p1"), ("role:keeper/projects:p1",)),
    (("viewer", "keeper/agents:a1"), "talks:read", of("talks", "t1", agent="a1"),
     ("role:keeper/agents:a1", "role:viewer")),
    (("viewer", "keeper/agents:a1"), "talks:read", of("talks", "t1"), ("role:viewer",)),
    # Unknown roles and surfaces, and surfaces whose ids nothing is narrowed to.
    (("former/agents:a1",), "agents:read", of("agents", "a1"), ()),
    (("keeper/agent:a1",), "agents:read", of("agents", "a1"), ()),
    (("keeper/prices:x",), "prices:read", of("prices", "x"), ()),
    # Questions about roles: only about roles on this resource.
    (("keeper/agents:a1",), "people:invite", of("people", "u", new_roles=["viewer/agents:a1"]), ("role:keeper/agents:a1",)),
    (("keeper/agents:a1",), "people:invite", of("people", "u", new_roles=["keeper/agents:a1"]), ("role:keeper/agents:a1",)),
    (("keeper/agents:a1",), "people:invite", of("people", "u", new_roles=["viewer/agents:a2"]), ()),
    (("keeper/agents:a1",), "people:invite", of("people", "u", new_roles=["viewer"]), ()),
    (("keeper/agents:a1",), "people:invite", of("people", "u", new_roles=["viewer/agents:a1", "viewer"]), ()),
    (("keeper/agents:a1",), "people:invite", of("people", "u", roles=["viewer"], new_roles=["viewer/agents:a1"]), ()),
    (("keeper/agents:a1",), "people:invite", of("people", "u", new_roles=[]), ()),
    (("keeper/agents:a1",), "people:invite", None, ()),
    (("keeper/agents:a1",), "people:invite", of("people", "u", new_roles=["maker/agents:a1"]), ("role:keeper/agents:a1",)),
    (("keeper/agents:a1", "keeper/agents:a2"), "people:invite",
     of("people", "u", new_roles=["viewer/agents:a1", "viewer/agents:a2"]), ()),
    (("viewer/agents:a1",), "people:invite", of("people", "u", new_roles=["viewer/agents:a1"]), ()),
    (("keeper",), "people:invite", of("people", "u", new_roles=["viewer/agents:a1"]), ("role:keeper",)),
    (("keeper",), "people:invite", of("people", "u", new_roles=["viewer/prices:x"]), ()),
    (("keeper",), "people:invite", of("people", "u", new_roles=["former/agents:a1"]), ()),
]  # fmt: skip


@pytest.mark.parametrize(("roles", "action", "about", "rules"), ROLES)
def test_roles_on_one_resource(
    guard: Guard, roles: tuple[str, ...], action: str, about: Resource | None, rules: tuple[str, ...]
) -> None:
    """What the role holds, on that resource and on what lies below it, and nothing beyond."""
    for _ in range(4):
        decision = guard.check(member(*roles), action, *(() if about is None else (about,)))
        assert (decision.allowed, decision.rules if decision else ()) == (bool(rules), rules)


def test_a_holder_of_a_role_on_a_resource_is_acted_upon_by_those_above_there(tmp_path: Path) -> None:
    """Rank and what is held there count, and what is held elsewhere does not."""
    text = PACK.replace("actions: [invite]", "actions: [invite, remove]").replace(
        '"people:invite"]}', '"people:{invite,remove}"]}'
    )
    (tmp_path / "pack.yaml").write_text(text.replace('on: ["people:invite"]', 'on: ["people:*"]'), encoding="utf-8")
    guard = Guard.load(tmp_path)
    for roles, target, allowed in (
        (("keeper/agents:a1",), "viewer/agents:a1", True),
        (("keeper/agents:a1",), "keeper/agents:a1", True),
        (("keeper", "viewer/agents:a1"), "keeper/agents:a1", True),
    ):
        about = of("people", "u", roles=[target], new_roles=[])
        assert guard.check(member(*roles), "people:remove", about).allowed is allowed, (roles, target)
    (tmp_path / "pack.yaml").write_text(
        text.replace('on: ["people:invite"]', 'on: ["people:*"]').replace(
            'holds: ["agents:read", "talks:read"]', 'holds: ["agents:read", "people:remove"]'
        ),
        encoding="utf-8",
    )
    guard.reload()
    for target, code in (("keeper/agents:a1", "not_permitted"), ("viewer/agents:a1", None), ("former/agents:a1", None)):
        about = of("people", "u", roles=[target], new_roles=[])
        assert guard.check(member("viewer"), "people:remove", about).code == code, target


MINTED = [
    ("agents:read/a1", True),
    ("agents:write/a1 talks:read/agents:a1", True),
    ("diaries:read/agents:a1", True),
    ("agents:read/a2", False),
    ("talks:read/agents:a2", False),
    ("talks:read/t1", False),
    ("agents:read", False),
    ("prices:read", False),
    ("talks:write/agents:a1", False),
]


@pytest.mark.parametrize(("scopes", "allowed"), MINTED)
def test_a_key_within_a_role_on_one_resource(guard: Guard, scopes: str, allowed: bool) -> None:  # a column
    """A key that is narrowed to what the actor has there is within it."""
    actor = member("maker", "keeper/agents:a1")
    for decision in (guard.mint(actor, scopes, Context()), guard.rotate(actor, key(scopes), context=Context())):
        assert (decision.allowed, decision.code) == (allowed, None if allowed else "grant_exceeds_actor")


ALGEBRA = [
    ("talks:read/t1", "talks:read/agents:a1", "", "talks:read/agents:a1 talks:read/t1"),
    ("talks:read/t1 talks:read/t2", "talks:read/t2 talks:read/agents:a1", "talks:read/t2",
     "talks:read/agents:a1 talks:read/t1 talks:read/t2"),
    ("talks:read", "talks:read/agents:a1", "talks:read/agents:a1", "talks:read"),
    ("talks:read/agents:a1", "talks:read/agents:a2", "", "talks:read/agents:a1 talks:read/agents:a2"),
    ("agents:write/7", "tests:read/agents:7", "tests:read/agents:7",
     "agents:read/7 agents:write/7 tests:read/agents:7 tests:write/agents:7"),
    ("folders:read/f1", "folders:read/folders:f1", "files:read/folders:f1 folders:read/folders:f1",
     "files:read/folders:f1 folders:read/folders:f1"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "both", "either"), ALGEBRA)
def test_the_algebra(guard: Guard, one: str, other: str, both: str, either: str) -> None:
    """What two have in common is within each of them, and is never listed as more than it is."""
    left, right = guard.grants(one), guard.grants(other)
    assert (str(left & right), str(left | right)) == (both, either)
    assert left & right == right & left
    assert left & right <= left <= left | right
    assert left & right <= right <= left | right
    assert left & left == left
    assert guard.grants(both) <= left & right


def test_what_is_narrowed_twice_is_no_scope(guard: Guard) -> None:
    """One talk of one agent's: it is kept apart from both, and listed nowhere."""
    both = guard.grants("talks:read/t1") & guard.grants("talks:read/agents:a1")
    assert both.on("talks:read") == frozenset({"agents:a1 & t1"})
    assert (list(both), len(both)) == ([], 0)
    assert not both.covers("talks:read/t1")
    assert both <= guard.grants("talks:read/t1")
    assert not guard.grants("talks:read/t1") <= both
    assert both & guard.grants("talks:read/t1") == both
    many = [guard.grants([f"talks:read/{start}{n}" for n in range(101)]) for start in ("", "agents:")]
    with pytest.raises(RequestError, match="more than 10000 combinations"):
        many[0] & many[1]


def test_an_id_that_looks_like_a_parent_is_none(guard: Guard) -> None:
    """The id of a resource is the host's text, and may have a colon in it."""
    for who in (key("talks:read/agents:a1 talks:read/t1"), key("talks:read", "talks:read/agents:a1 talks:read/t1")):
        for _ in range(4):
            assert not guard.check(who, "talks:read", of("talks", "agents:a1", agent="a2"))
        assert guard.check(who, "talks:read", of("talks", "t1", agent="a2"))
    listed = guard.permissions(key("talks:read/agents:a1 talks:read/t1")).conditional
    assert listed["talks:read"] == 'resource.id == "t1" || resource.agent == "a1"'


MALFORMED = [
    ("keeper/agents", 'role "keeper/agents" is not role or role/surface:id'),
    ("keeper/agents:", 'role "keeper/agents:" is not role or role/surface:id'),
    ("keeper/a1", 'role "keeper/a1" is not role or role/surface:id'),
    ("/agents:a1", 'role "/agents:a1" is not role or role/surface:id'),
    ("keeper/agents:a1/b", 'role "keeper/agents:a1/b" is not role or role/surface:id'),
    ("Keeper/agents:a1", 'role "Keeper/agents:a1" has "K" at column 1; use lower-case letters, digits and underscores'),
    ("keeper/Agents:A1", 'role "keeper/Agents:A1" has "A" at column 8; use lower-case letters, digits and underscores'),
    ("keeper/agents:a 1", 'role "keeper/agents:a 1" has " " at column 16; an id has letters, digits and . _ ~ -'),
    ("keeper/agents:*", 'role "keeper/agents:*" has "*" at column 15; an id has letters, digits and . _ ~ -'),
]  # fmt: skip


@pytest.mark.parametrize(("role", "message"), MALFORMED)
def test_malformed_roles_are_refused(role: str, message: str) -> None:
    """With the first wrong character, as scopes are."""
    for roles in ([role], (role, "viewer"), {role}, iter([role])):
        with pytest.raises(RequestError) as caught:
            Principal.member("usr_1", workspace="ws_1", roles=roles)
        assert str(caught.value) == message


@pytest.mark.parametrize("scope", [
    "talks:read/", "talks:read/agents:", "talks:read/agents:a:b", "talks:read/agents/a1", "talks:read/:a1",
    "talks:read/Agents:a1", "talks:read/agents:a1/", "agents:talks:read/a1",
])  # fmt: skip
def test_malformed_scopes_are_refused(scope: str) -> None:
    """However many well-formed ones begin as they do."""
    assert key("talks:read/t1 talks:read/agents:a1 talks:read").scopes
    for _ in range(2):
        with pytest.raises(RequestError):
            key(scope)
        with pytest.raises(RequestError):
            Principal.api_key("key_1", workspace="ws_1", scopes=["talks:read", scope])
    assert key("talks:read/agents").narrowed == frozenset({"talks:read/"})


def test_a_principal_keeps_its_roles_apart() -> None:
    """Those on one resource are among its roles, and no conditions about plain roles hold because of them."""
    who = member("viewer", "keeper/agents:a1", "keeper/agents:a2")
    assert who.roles == {"viewer", "keeper/agents:a1", "keeper/agents:a2"}
    assert (who.held, who.narrowed) == (frozenset({"viewer"}), frozenset({"keeper/agents:"}))
    assert key("talks:read/agents:a1 agents:read/x").narrowed == {"talks:read/agents:", "agents:read/"}


NAMED = """
scopeguard: 1
catalog:
  surfaces:
    rooms: {actions: [read], coarse: true}
    chairs: {actions: [read], coarse: true, parent: {surface: rooms, attribute: room}, attributes: {room: string}}
    cards: {actions: [read], coarse: true, qualifiable: true}
    boxes:
      actions: [read]
      coarse: true
      qualifiable: true
      parent: {surface: boxes, attribute: above}
      attributes: {above: list(string)}
roles:
  porter: {rank: 1, holds: ["chairs:read", "cards:read", "boxes:read"]}
"""


@pytest.mark.parametrize(
    ("who", "about", "allowed"),
    [
        # What does not inherit is not reached by a scope for what it lies below.
        (key("boxes:read/b1"), of("boxes", "b1"), True),
        (key("boxes:read/b1"), of("boxes", "b2", above=["b1"]), False),
        (key("boxes:read/boxes:b1"), of("boxes", "b2", above=["b1"]), True),
        (key("boxes:read/boxes:b1"), of("boxes", "b1"), True),
        # A role is held on what a scope names, and on what something lies below.
        (member("porter/cards:c1"), of("cards", "c1"), True),
        (member("porter/cards:c1"), of("cards", "c2"), False),
        (member("porter/rooms:r1"), of("chairs", "c", room="r1"), True),
        (member("porter/rooms:r1"), of("chairs", "c", room="r2"), False),
        (member("porter/chairs:c"), of("chairs", "c"), False),
    ],
)
def test_which_ids_are_anywhere(tmp_path: Path, who: Principal, about: Resource, allowed: bool) -> None:  # a column
    """Of a surface that is narrowed to one resource, that has something below it, or that is neither."""
    (tmp_path / "pack.yaml").write_text(NAMED, encoding="utf-8")
    assert Guard.load(tmp_path).check(who, f"{about.surface}:read", about).allowed is allowed
