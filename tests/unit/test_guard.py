"""The object that users hold: loading, checking, listing, adapting, reloading."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import AccessDenied, Context, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.compiling.loading import find_problems

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, because: it is private}
    keys: {actions: [create], holdable_by: [member], audited: [create]}
  operations:
    notes.publish: {needs: "notes:write"}
  channels: [server, browser]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*", "keys:create"], rank: 1}
rules:
  - id: tenancy
    effect: deny
    stage: workspace
    on: ["*:*"]
    unless: principal.workspace == resource.workspace
    code: workspace_mismatch
    because: it belongs to another workspace
  - id: notes.own
    effect: allow
    on: ["notes:read"]
    kinds: [member]
    when: resource.owner == principal.id
  - id: notes.locked
    effect: deny
    on: [notes.publish]
    channels: [browser]
    code: not_permitted
"""
SERVER = Context(channel="server")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one policy file."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def guard(folder: Path) -> Guard:
    """A guard for it."""
    return Guard.load(folder)


@pytest.fixture
def key() -> Principal:
    """A key that reads and writes one note."""
    return Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read notes:write/n1")


@pytest.fixture
def editor() -> Principal:
    """A member with a role."""
    return Principal.member("usr_1", workspace="ws_1", roles=["editor"])


def test_load_takes_a_folder_a_file_or_a_list(folder: Path) -> None:
    """A str or a path, one or several: the same pack."""
    digests = {
        Guard.load(folder).digest,
        Guard.load(str(folder)).digest,
        Guard.load(folder / "pack.yaml").digest,
        Guard.load([str(folder / "pack.yaml")]).digest,
    }
    assert len(digests) == 1
    assert digests.pop().startswith("sha256:")


def test_load_reports_everything_at_once(tmp_path: Path) -> None:
    """A pack with mistakes raises one PolicyError with all of them, sorted, over all files."""
    (tmp_path / "b.yaml").write_text("scopeguard: 1\nscopes: {y:read: {include: []}}\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text(
        "scopeguard: 1\nscopes: {x:read: {includes: ['nothing:read']}}\n", encoding="utf-8"
    )
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    found = [(Path(each.file).name, each.code) for each in caught.value.diagnostics]
    assert found == [("a.yaml", "SG205"), ("b.yaml", "SG120")]
    assert [each.code for each in find_problems(tmp_path)] == ["SG205", "SG120"]


def test_a_decision_has_everything(guard: Guard, key: Principal) -> None:
    """An allow names who granted it, a denial what was missing, both the pack that said so."""
    allowed = guard.check(key, "notes:read", context=SERVER)
    assert (allowed.allowed, allowed.code, allowed.reason) == (True, None, "granted by scope:workspace:read")
    denied = guard.check(key, "secrets:read", context=SERVER)
    assert (denied.effect, denied.code, denied.stage, denied.status) == (
        "deny", "explicit_grant_required", "permission", 403)  # fmt: skip
    assert (denied.needed, denied.provided) == (("secrets:read",), ("notes:write/n1", "workspace:read"))
    assert allowed.policy_digest == denied.policy_digest == guard.digest
    assert not denied
    assert str(denied).splitlines()[0] == "deny secrets:read [explicit_grant_required]: nothing grants secrets:read"


def test_operations(guard: Guard, editor: Principal) -> None:
    """An operation asks for its permission, and rules may name it alone."""
    assert guard.check(editor, "notes.publish", context=SERVER).permission == "notes:write"
    denied = guard.check(editor, "notes.publish", context=Context(channel="browser"))
    assert (denied.code, denied.operation, denied.rules) == ("not_permitted", "notes.publish", ("notes.locked",))
    assert guard.check(editor, "notes:write", context=Context(channel="browser")).allowed


@pytest.mark.parametrize("action", ["notes:reads", "note:read", "notes.read", "notes", "", "*:read", "notes:*"])
def test_unknown_actions(guard: Guard, key: Principal, action: str) -> None:
    """What the catalog does not have is denied; an empty text is no question at all."""
    if not action:
        with pytest.raises(RequestError, match="an action is empty"):
            guard.check(key, action)
        return
    decision = guard.check(key, action)
    assert (decision.code, decision.reason) == ("unmapped_action", f'unknown action "{action}"')


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"principal": "key_1"}, "a principal must be a Principal, not str"),
    ({"context": {"channel": "server"}}, "a context must be a Context, not dict"),
    ({"action": 7}, "an action must be a str, not int"),
    ({"action": ["notes:read"]}, "an action must be a str, not list"),
    ({"action": "notes:read\n"}, "holds a control character"),
    ({"resource": "notes"}, "a resource must be a Resource or of a registered type, not str"),
    (
        {"resource": Resource("secrets", "s")},
        'the resource is of the surface "secrets", but notes:read is about "notes"',
    ),
]


@pytest.mark.parametrize(("change", "message"), MALFORMED, ids=[message for _, message in MALFORMED])
def test_malformed_questions(guard: Guard, key: Principal, change: dict[str, Any], message: str) -> None:
    """A question that makes no sense raises, before and after a row is bound."""
    question: dict[str, Any] = {"principal": key, "action": "notes:read", "context": SERVER}
    question |= change
    for _ in range(2):
        with pytest.raises(RequestError) as caught:
            guard.check(**question)
        assert message in str(caught.value)
        guard.check(key, "notes:read", Resource("notes", "n1", "ws_1"), SERVER)


REFUSED: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("matrix", (5,), {}, "the principals of a matrix must be a mapping or an iterable, not int"),
    ("matrix", (Principal.anonymous(),), {}, "the principals of a matrix must be a mapping or an iterable, not Principal"),
    ("matrix", ("key_1",), {}, "a principal must be a Principal, not str"),
    ("matrix", ({5: Principal.anonymous()},), {}, "the name of a principal must be a str, not int"),
    ("matrix", ({None: Principal.anonymous()},), {}, "the name of a principal must be a str, not NoneType"),
    ("matrix", ({"key": "key_1"}, []), {}, "a principal must be a Principal, not str"),
    ("matrix", ([Principal.anonymous()], 5), {}, "the actions of a matrix must be an iterable of str, not int"),
    ("matrix", ([Principal.anonymous()], "a"), {}, "the actions of a matrix must be an iterable of str, not str"),
    ("matrix", ([Principal.anonymous()], [["a"]]), {}, "an action must be a str, not list"),
    ("check_many", (Principal.anonymous(), 5), {}, "the items of check_many must be an iterable, not int"),
    ("check_many", (Principal.anonymous(), "notes:read"), {}, "is a pair (action, resource), and no str"),
    ("check_many", (Principal.anonymous(), ["notes:read"]), {}, "is a pair (action, resource), and no str"),
    ("check_many", (Principal.anonymous(), [("a",)]), {}, "is a pair (action, resource), and no tuple"),
    ("check_many", (Principal.anonymous(), [("a", "b", 1)]), {}, "is a pair (action, resource), and no tuple"),
    ("check_many", (Principal.anonymous(), [None]), {}, "is a pair (action, resource), and no NoneType"),
    ("check_many", (Principal.anonymous(), [(["a"], Resource("notes"))]), {}, "an action must be a str, not list"),
    ("place", (None,), {}, "the id of a rule must be a str, not NoneType"),
    ("place", (["notes.own"],), {}, "the id of a rule must be a str, not list"),
    ("register", (dict,), {"surface": []}, "a surface must be a str, not list"),
    ("register", (dict,), {"surface": "ntoes"}, 'no surface "ntoes" in the catalog; did you mean "notes"?'),
    ("register", (5,), {"surface": "notes"}, "a registered type must be a class, not int"),
    ("register", ([],), {"surface": "notes"}, "a registered type must be a class, not list"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "given", "more", "message"), REFUSED)
def test_what_no_method_takes(
    guard: Guard, method: str, given: tuple[Any, ...], more: dict[str, Any], message: str
) -> None:
    """What is of another type than a method takes raises RequestError, and nothing else."""
    with pytest.raises(RequestError) as refused:
        getattr(guard, method)(*given, **more)
    assert message in str(refused.value)


def test_an_error_of_the_host_stays_its_own(guard: Guard, key: Principal) -> None:
    """What the host's own code raises while items are made or adapted is not taken for a malformed item."""

    def broken() -> Iterator[tuple[str, object]]:
        yield "notes:read", Resource("notes")
        raise ValueError("of the host")

    with pytest.raises(ValueError, match=r"^of the host$") as raised:
        guard.check_many(key, broken(), SERVER)
    assert not isinstance(raised.value, RequestError)
    guard.register(dict, surface="notes", id=lambda item: str(int(item["id"])))
    with pytest.raises(ValueError, match="invalid literal"):
        guard.check_many(key, [("notes:read", {"id": "one"})], SERVER)


def test_authorize_raises(guard: Guard, key: Principal) -> None:
    """The same question, with an exception for a denial that carries the whole decision."""
    assert guard.authorize(key, "notes:read", context=SERVER).allowed
    with pytest.raises(AccessDenied) as caught:
        guard.authorize(key, "secrets:read", context=SERVER)
    assert caught.value.decision.code == "explicit_grant_required"
    assert "secrets:read" in str(caught.value)


def test_check_many(guard: Guard, key: Principal) -> None:
    """One decision an item, in their order, repeated ones too."""
    items: list[tuple[str, object]] = [
        ("notes:write", Resource("notes", "n1", "ws_1")),
        ("notes:write", Resource("notes", "n2", "ws_1")),
        ("notes:write", Resource("notes", None, "ws_1")),
        ("notes:write", Resource("notes", "n1", "ws_2")),
        ("notes:write", Resource("notes", "n1", "ws_1")),
    ]
    codes = [decision.code for decision in guard.check_many(key, items, SERVER)]
    assert codes == [None, "scope_missing", "scope_missing", "workspace_mismatch", None]
    assert guard.check_many(key, [], SERVER) == []


def test_a_resource_of_no_workspace_is_of_no_other_one(guard: Guard, key: Principal) -> None:
    """What is remembered of another workspace does not answer for it: whose it is cannot be told."""
    other, nowhere = Resource("notes", "n1", "ws_2"), Resource("notes", "n1")
    for _ in range(3):
        found = guard.check_many(key, [("notes:read", other), ("notes:read", nowhere)], SERVER)
        assert [decision.code for decision in found] == ["workspace_mismatch"] * 2
        assert [decision.errors for decision in found] == [(), ("tenancy", "workspace.own-only")]


class Lazy:
    """What has nothing, and says so in its own words."""

    def __getattr__(self, name: str) -> object:
        raise AttributeError(name)


def test_what_has_no_names_of_ours_is_refused(guard: Guard, key: Principal) -> None:
    """Also beside a principal that is known, and whatever it raises itself."""
    about = Resource("notes", "n1", "ws_1")
    for _ in range(2):
        assert guard.check(key, "notes:read", about, SERVER)
    with pytest.raises(RequestError, match="a context must be a Context, not Lazy"):
        guard.check(key, "notes:read", about, Lazy())  # type: ignore[arg-type]  # the point
    with pytest.raises(RequestError, match="a principal must be a Principal, not Lazy"):
        guard.check(Lazy(), "notes:read", about, SERVER)  # type: ignore[arg-type]  # the point


def test_permissions(guard: Guard, key: Principal, editor: Principal) -> None:
    """Allowed outright on everything of the own workspace, and what depends on the resource with its condition."""
    found = guard.permissions(key, SERVER)
    assert sorted(found) == ["notes:read"]
    assert dict(found.conditional) == {"notes:write": 'resource.id == "n1"'}
    nobody = guard.permissions(Principal.member("usr_2", workspace="ws_1"), SERVER)
    assert sorted(nobody) == []
    assert dict(nobody.conditional) == {"notes:read": 'resource.owner == "usr_2"'}
    assert repr(nobody) == """Permissions([], {'notes:read': 'resource.owner == "usr_2"'})"""
    assert sorted(guard.permissions(editor, SERVER)) == ["keys:create", "notes:read", "notes:write"]
    with pytest.raises(TypeError):
        found.conditional["x"] = "y"  # type: ignore[index]


@pytest.mark.parametrize(
    "condition", ["resource.open", 'resource.id == "n1" ? true : resource.open', "resource.any", "[resource.open][0]"]
)
def test_whatever_may_hold_is_listed_as_conditional(folder: Path, condition: str) -> None:
    """A condition that is one name, a choice, or of an unknown type is listed as what it is: something to be checked."""
    pack = PACK.replace("attributes: {owner: string}", "attributes: {owner: string, open: bool, any: dyn}")
    rule = f"  - {{id: open, effect: allow, on: ['notes:write'], kinds: [system], when: '{condition}'}}\n"
    (folder / "pack.yaml").write_text(pack + rule, encoding="utf-8")
    guard = Guard.load(folder)
    job = Principal.system("job", workspace="ws_1")
    note = Resource("notes", "n1", "ws_1", {"open": True, "any": True})
    assert guard.check(job, "notes:write", note, SERVER).allowed
    assert list(guard.permissions(job, SERVER).conditional) == ["notes:write"]


def test_matrix(guard: Guard, key: Principal, editor: Principal) -> None:
    """Principals by actions; every form of it says the same."""
    matrix = guard.matrix({"key": key, "editor": editor}, ["notes:write", "secrets:read", "nothing:read"], SERVER)
    expected = {
        ("key", "notes:write"): ("conditional", 'resource.id == "n1"'),
        ("key", "secrets:read"): ("deny", "explicit_grant_required"),
        ("key", "nothing:read"): ("deny", "unmapped_action"),
        ("editor", "notes:write"): ("allow", None),
        ("editor", "secrets:read"): ("deny", "member_permission_missing"),
        ("editor", "nothing:read"): ("deny", "unmapped_action"),
    }
    assert {place: (cell.state, cell.note) for place, cell in matrix.cells.items()} == expected
    assert matrix["editor", "notes:write"].state == "allow"
    table = json.loads(matrix.to_json())
    assert table["policy_digest"] == guard.digest
    assert table["rows"]["key"]["secrets:read"] == {"state": "deny", "note": "explicit_grant_required"}
    lines = list(csv.reader(io.StringIO(matrix.to_csv())))
    assert lines[0] == ["permission", "column", "answer"]
    assert lines[1:3] == [["notes:write", "key", 'when resource.id == "n1"'], ["notes:write", "editor", "allow"]]
    assert str(matrix).splitlines()[:2] == ["| permission | key | editor |", "|---|---|---|"]


def test_matrix_of_a_sequence(guard: Guard, key: Principal) -> None:
    """Principals without names go by their ids, or by their kind; two of one name would hide one, and are refused."""
    matrix = guard.matrix([key, Principal.anonymous()])
    assert matrix.rows == ("key_1", "anonymous")
    assert matrix.columns == ("notes:read", "notes:write", "secrets:read", "keys:create")
    with pytest.raises(RequestError, match="two principals of a matrix have the same name"):
        guard.matrix([key, key])
    with pytest.raises(RequestError, match="a principal must be a Principal, not str"):
        guard.matrix(["key_1"])  # type: ignore[list-item]
    assert guard.matrix(each for each in [key]) == guard.matrix([key])
    assert guard.matrix([key], (each for each in ["notes:read"])).columns == ("notes:read",)
    piped = guard.matrix({"a|b": key}, ["secrets:read"]).to_markdown()
    assert piped.splitlines()[0] == "| permission | a\\|b |"


@dataclass
class Note:
    """A class of a host."""

    uid: str
    tenant: str
    owner: str
    tags: list[str] = field(default_factory=list)


class Draft(Note):
    """One that inherits."""


def test_registered_types(guard: Guard) -> None:
    """Objects of the host stand for resources, subclasses too, by names or by functions."""
    guard.register(Note, surface="notes", id="uid", workspace="tenant", attributes=["owner"])
    member = Principal.member("usr_2", workspace="ws_1")
    assert guard.check(member, "notes:read", Note("n1", "ws_1", "usr_2"), SERVER).rules == ("notes.own",)
    assert guard.check(member, "notes:read", Draft("n1", "ws_1", "usr_2"), SERVER).allowed
    assert guard.check(member, "notes:read", Note("n1", "ws_1", "usr_3"), SERVER).code == "member_permission_missing"
    assert guard.check(member, "notes:read", Note("n1", "ws_2", "usr_2"), SERVER).code == "workspace_mismatch"
    assert guard.check_many(member, [("notes:read", Note("n1", "ws_1", "usr_2"))], SERVER)[0].allowed
    assert guard.explain(member, "notes:read", Note("n1", "ws_1", "usr_2"), SERVER).decision.allowed
    with pytest.raises(RequestError, match="Note is registered already"):
        guard.register(Note, surface="notes")
    with pytest.raises(RequestError, match='no surface "nothing" in the catalog'):
        guard.register(Draft, surface="nothing")


def test_a_registered_object_without_what_was_named(guard: Guard) -> None:
    """An attribute that an object lacks is told with its name, as bad input: nothing is asked without it."""
    guard.register(Note, surface="notes", id="uid", workspace="organisation", attributes=["owner"])
    member = Principal.member("usr_2", workspace="ws_1")
    with pytest.raises(RequestError, match='a registered Note has no attribute "organisation"') as caught:
        guard.check(member, "notes:read", Note("n1", "ws_1", "usr_2"), SERVER)
    assert isinstance(caught.value.__cause__, AttributeError)


def test_registered_functions(guard: Guard) -> None:
    """Functions give what no attribute holds."""
    guard.register(
        dict,
        surface="notes",
        id=lambda item: item["id"],
        workspace=lambda item: item.get("ws"),
        attributes=lambda item: {"owner": item["by"]},
    )
    member = Principal.member("usr_2", workspace="ws_1")
    assert guard.check(member, "notes:read", {"id": "n", "ws": "ws_1", "by": "usr_2"}, SERVER).allowed
    assert guard.check(member, "notes:read", {"id": "n", "by": "usr_2"}, SERVER).code == "workspace_mismatch"
    with pytest.raises(RequestError, match="a resource's id must be a str, not float"):
        guard.check(member, "notes:read", {"id": 7.5, "ws": "ws_1", "by": "usr_2"}, SERVER)


def test_registered_functions_that_give_fields(guard: Guard) -> None:
    """Any mapping may name them, and they are put in their records."""
    given = MappingProxyType({"owner.name": "usr_2"})
    guard.register(dict, surface="notes", attributes=lambda _: given, id=lambda _: "n", workspace=lambda _: "ws_1")
    told = guard.explain(Principal.member("usr_2", workspace="ws_1"), "notes:read", {}, SERVER)
    assert "resource.owner" in str(told)
    assert not told.decision.allowed


@pytest.mark.parametrize("attributes", [3, "owner", [("owner", "usr_2")]])
def test_registered_functions_that_give_no_mapping(guard: Guard, attributes: object) -> None:
    """Are told as bad input."""
    guard.register(dict, surface="notes", attributes=lambda _: attributes, id=lambda _: "n", workspace=lambda _: "w")  # type: ignore[arg-type,return-value]  # the point
    with pytest.raises(RequestError, match="a resource's attributes must be a mapping"):
        guard.check(Principal.member("usr_2", workspace="w"), "notes:read", {}, SERVER)


def test_reload_is_all_or_nothing(guard: Guard, folder: Path, key: Principal) -> None:
    """A good pack comes into force as a whole; one with a mistake changes nothing."""
    before = guard.digest
    assert guard.check(key, "notes:read", context=SERVER).allowed
    (folder / "more.yaml").write_text(
        "scopeguard: 1\nrules:\n  - {id: closed, effect: deny, on: ['notes:read'], code: not_permitted}\n", "utf-8"
    )
    guard.reload()
    assert (guard.generation, guard.digest != before) == (2, True)
    assert guard.check(key, "notes:read", context=SERVER).rules == ("closed",)
    (folder / "more.yaml").write_text("scopeguard: 1\nrules: [}\n", "utf-8")
    with pytest.raises(PolicyError):
        guard.reload()
    assert guard.generation == 2
    assert guard.check(key, "notes:read", context=SERVER).rules == ("closed",)
    (folder / "more.yaml").unlink()
    guard.reload()
    assert (guard.generation, guard.digest) == (3, before)
    assert guard.check(key, "notes:read", context=SERVER).allowed


def test_two_guards_share_a_principal(guard: Guard, folder: Path, key: Principal, tmp_path_factory: Any) -> None:
    """A principal bound by one guard asks another one, back and forth, and each answers by its own pack."""
    other_folder = tmp_path_factory.mktemp("other")
    (other_folder / "pack.yaml").write_text(PACK.replace('["*:read"]', '["notes:write"]'), encoding="utf-8")
    other = Guard.load(other_folder)
    note = Resource("notes", "n2", "ws_1")
    for _ in range(3):
        assert not guard.check(key, "notes:write", note, SERVER)
        assert other.check(key, "notes:write", note, SERVER).allowed


@pytest.mark.parametrize("max_rows", [0, 1, 2])
def test_a_bounded_cache_changes_no_answer(folder: Path, max_rows: int) -> None:
    """However few rows are kept, the answers are the same, and no more rows stay than allowed."""
    small, large = Guard.load(folder, max_rows=max_rows), Guard.load(folder)
    principals = [Principal.api_key("k", workspace="ws_1", scopes=[f"notes:write/n{number}"]) for number in range(5)]
    for number in [0, 1, 2, 3, 4, 0, 2, 4]:
        for note in (Resource("notes", f"n{number}", "ws_1"), Resource("notes", "n9", "ws_1")):
            assert small.check(principals[number], "notes:write", note, SERVER) == large.check(
                principals[number], "notes:write", note, SERVER
            )
    assert len(small._generation._bounded) <= max_rows


def test_threads_agree(folder: Path) -> None:
    """Many threads on one guard, with reloads in between, get right answers only."""
    guard = Guard.load(folder)
    wrong: list[str] = []

    def ask(number: int) -> None:
        key = Principal.api_key("k", workspace="ws_1", scopes=[f"notes:write/n{number}"])
        for _ in range(200):
            if not guard.check(key, "notes:write", Resource("notes", f"n{number}", "ws_1"), SERVER):
                wrong.append(f"n{number} denied")
            if guard.check(key, "notes:write", Resource("notes", "n99", "ws_1"), SERVER):
                wrong.append("n99 allowed")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        guard.reload()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_digest_is_of_the_content(folder: Path, tmp_path_factory: Any) -> None:
    """Order of files, of keys and of lists, layout, comments and quotes do not matter; a changed word does."""
    first = Guard.load(folder).digest
    split = tmp_path_factory.mktemp("split")
    head, rules = PACK.split("rules:\n")
    parts = [part for part in rules.split("  - ") if part.strip()]
    (split / "z.yaml").write_text(head + "\n# a remark\n", encoding="utf-8")
    (split / "a.yaml").write_text("scopeguard: 1\nrules:\n  - " + "  - ".join(reversed(parts)), encoding="utf-8")
    assert Guard.load(split).digest == first
    spaced = PACK.replace("principal.workspace == resource.workspace", "(principal.workspace==resource.workspace)")
    (folder / "pack.yaml").write_text(spaced, encoding="utf-8")
    assert Guard.load(folder).digest == first
    (folder / "pack.yaml").write_text(PACK.replace("another workspace", "other people"), encoding="utf-8")
    assert Guard.load(folder).digest != first


def test_audited_actions_oblige(guard: Guard, editor: Principal) -> None:
    """An audited action says so on its decision, allowed or not."""
    allowed = guard.check(editor, "keys:create", context=SERVER)
    assert [each.kind for each in allowed.obligations] == ["audit"]
    assert guard.check(editor, "notes:read", context=SERVER).obligations == ()


def test_warnings_are_kept(folder: Path) -> None:
    """A pack with a mere warning loads, and the guard tells."""
    assert Guard.load(folder).warnings == ()
    unsaid = "scopeguard: 1\ncatalog: {surfaces: {plain: {actions: [read]}}}\n"
    (folder / "more.yaml").write_text(unsaid, encoding="utf-8")
    assert [each.code for each in Guard.load(folder).warnings] == ["SG304"]


def test_no_check_reads_a_clock(guard: Guard) -> None:
    """A key that expires is judged by the time of the request; without one nobody knows."""
    shipped = Guard.default()
    key = Principal.api_key("k", workspace="w", scopes="agents:read", expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    for now, code in [
        (datetime(2025, 12, 31, tzinfo=UTC), None),
        (datetime(2026, 1, 1, tzinfo=UTC), "credential_expired"),
        (None, "context_incomplete"),
    ]:
        assert shipped.check(key, "agents:read", context=Context(channel="server", now=now)).code == code


class Torn:
    """A pair of a host's that cannot be read."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __iter__(self) -> Iterator[object]:
        raise self.error


@pytest.mark.parametrize("error", [TypeError("mine"), ValueError("mine"), KeyError("mine"), MemoryError("mine")])
def test_a_pair_of_the_host_that_cannot_be_read(error: Exception) -> None:
    """What Python raises for what is no pair is told as that; anything else that the host raises comes through."""
    guard = Guard.default()
    expected = RequestError if isinstance(error, TypeError | ValueError) else type(error)
    for items in ([Torn(error)], [("agents:read", Resource("agents", workspace="w")), Torn(error)]):
        with pytest.raises(expected) as caught:
            guard.check_many(Principal.member("m", workspace="w"), items)  # type: ignore[arg-type]  # the point
        assert type(caught.value) is expected


class Late(ValueError):
    """What a host raises where its time is up."""


@pytest.mark.parametrize("is_observed", [False, True])
def test_a_pair_that_is_interrupted_is_not_read_again(guard: Guard, key: Principal, is_observed: bool) -> None:
    """An error of the host's own class comes through, though the second reading would have no error."""

    def torn() -> Iterator[object]:
        yield from ()
        raise Late

    stop = guard.observe(lambda *_: None) if is_observed else lambda: None
    with pytest.raises(Late):
        guard.check_many(key, [torn()], SERVER)  # type: ignore[list-item]  # the point
    stop()


def test_an_action_on_a_resource_of_another_surface_is_refused_as_at_first(tmp_path: Path) -> None:
    """However often it was asked about its own: what answers there is not for others."""
    (tmp_path / "pack.yaml").write_text(
        "scopeguard: 1\ncatalog:\n  surfaces:\n"
        "    docs: {actions: [read], attributes: {size: int, parts: int}}\n"
        "    notes: {actions: [read], attributes: {size: int, parts: int}}\n"
        "rules:\n  - {id: r, effect: allow, on: ['docs:read'], kinds: [api_key], when: resource.size > resource.parts}\n",
        encoding="utf-8",
    )
    guard, key = Guard.load(tmp_path), Principal.api_key("k", workspace="w")
    own, other = (Resource(each, "x", "w", {"size": 2, "parts": 1}) for each in ("docs", "notes"))
    for _ in range(3):
        with pytest.raises(RequestError, match="notes"):
            guard.check(key, "docs:read", other)
        assert [guard.check(key, "docs:read", own).allowed for _ in range(100)] == [True] * 100
