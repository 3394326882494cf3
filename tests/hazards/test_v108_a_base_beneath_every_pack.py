"""V108: what only the shipped pack denied is denied beneath every pack, however it is loaded."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource, shipped
from scopeguard.compiling.loading import find_problems, load_program
from scopeguard.compiling.pack_writing import pack as compiled
from scopeguard.documents.loading import Layer, read_pack
from scopeguard.testing import collect, run_cell

ROOT: Final = Path(__file__).resolve().parents[2]
NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
ONE_SURFACE: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
roles:
  editor: {holds: ["notes:*"]}
"""
_BLOCK: Final = re.compile(r"^```yaml\n(scopeguard: 1\n.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Who:
    """Makes a principal that may do as much as a pack lets anybody of its kind do."""

    kind: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    attributes: tuple[tuple[str, Any], ...] = ()

    def __call__(self, workspace: str | None = "ws_1", **attributes: Any) -> Principal:
        """One in a workspace, in some state. A session has an end, unless another is given."""
        attributes = dict(self.attributes) | attributes
        if self.kind == "session":
            attributes = {"expires_at": NOW + HOUR} | attributes
            if attributes["expires_at"] is NO_END:
                del attributes["expires_at"]
        scopes = self.scopes if self.kind in ("api_key", "session") else None
        roles = self.roles if self.kind == "member" else None
        return Principal(self.kind, "p", workspace, scopes, roles, attributes=attributes)  # type: ignore[arg-type]  # a kind


NO_END: Final = object()
OF_PRINCIPALS: Final[dict[str, Any]] = {"place": "emea", "region": "emea", "strikes": 0}
OF_RESOURCES: Final[dict[str, Any]] = {"place": "emea", "region": "emea", "owner": "p", "status": "pending"}
"""What the packs of pages ask of whom they allow something, by the names of their attributes."""

INVALID: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "revoked": ({"revoked": True}, "credential_revoked"),
    "revoked, in a way nobody declared": ({"revoked": "yes"}, "credential_revoked"),
    "leaked": ({"leaked": True}, "credential_leaked"),
    "leaked, in a way nobody declared": ({"leaked": 1}, "credential_leaked"),
    "expired": ({"expires_at": NOW - HOUR}, "credential_expired"),
    "expired this very moment": ({"expires_at": NOW}, "credential_expired"),
    "expiring at no time": ({"expires_at": "soon"}, "credential_expired"),
    "not yet valid": ({"not_before": NOW + HOUR}, "credential_not_yet_valid"),
    "not yet valid, at no time": ({"not_before": 7}, "credential_not_yet_valid"),
    "suspended": ({"suspended": True}, "member_suspended"),
    "suspended, in a way nobody declared": ({"suspended": []}, "member_suspended"),
    "outside its addresses": ({"ip_allow": ("192.0.2.0/24",)}, "ip_not_allowed"),
    "with no address at all": ({"ip_allow": ()}, "ip_not_allowed"),
    "with a list that is none": ({"ip_allow": "10.0.0.1"}, "ip_not_allowed"),
}
"""What is the matter with a credential, and the code that says so."""


def packs_of_docs() -> Iterator[tuple[str, str]]:
    """Every policy file that a page shows whole, and that is a pack by itself."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, block in enumerate(_BLOCK.finditer(page.read_text(encoding="utf-8"))):
            if "surfaces:" in block[1] and "base: none" not in block[1]:
                yield f"{page.name}-{number}", block[1]


OF_DOCS: Final = dict(packs_of_docs())
FOLDERS: Final[dict[str, Callable[[], Guard]]] = {
    "shipped": Guard.default,
    "shipped, by its folder": lambda: Guard.load(ROOT / "policies" / "workspace"),
    "conversion": lambda: Guard.load(ROOT / "policies" / "examples" / "conversion"),
    "overlay": lambda: Guard.default(ROOT / "policies" / "examples" / "overlay"),
}


def sound(guard: Guard) -> Iterator[tuple[Who, str, Resource, Context]]:
    """Requests that are allowed as long as nothing is the matter, for each kind that the pack allows anything."""
    catalog = guard.catalog
    scopes, roles = tuple(sorted(catalog.permissions)), tuple(catalog.roles)
    types = guard._generation.program.types
    given = tuple((name, value) for name, value in OF_PRINCIPALS.items() if name in types.principal)
    facts = dict.fromkeys(types.facts, True)
    told = {name: value for name, value in facts.items() if "." not in name and name not in ("quantity", "as_of")}
    for kind in ("api_key", "member", "session", "system"):
        who = Who(kind, scopes, roles, given)
        for channel in catalog.channels or (None,):
            context = Context(channel=channel, facts=told, now=NOW, attributes={"ip": "10.0.0.1"})
            for action in (*catalog.permissions, *catalog.operations):
                resource = Resource(catalog.surface_of(action) or "", "r_1", "ws_1", OF_RESOURCES)
                if guard.check(who(), action, resource, context):
                    yield who, action, resource, context


def sounds(guard: Guard) -> dict[tuple[Who, Context], list[tuple[str, Resource]]]:
    """Those requests by who asks and where from: of each kind from the first channel that it may come by."""
    found: dict[tuple[Who, Context], list[tuple[str, Resource]]] = {}
    channels: dict[Who, Context] = {}
    for who, action, resource, context in sound(guard):
        if channels.setdefault(who, context) is context:
            found.setdefault((who, context), []).append((action, resource))
    return found


def assert_denied(
    guard: Guard, who: Principal, asked: Sequence[tuple[str, Resource]], context: Context, code: str, about: object
) -> None:
    """Every way to ask says so: one by one, together, explained, and where permissions are listed."""
    for action, resource in asked:
        assert guard.check(who, action, resource, context).code == code, (action, about)
    assert {each.code for each in guard.check_many(who, asked, context)} == {code}, about
    action, resource = asked[0]
    assert guard.explain(who, action, resource, context).decision.code == code, about
    permissions = [action for action, _ in asked if ":" in action]
    listed = guard.permissions(who, context)
    assert listed.isdisjoint(permissions), about
    assert listed.conditional.keys().isdisjoint(permissions), about
    cells = guard.matrix({"who": who}, permissions[:3], context).cells.values() if permissions else ()
    # A list knows no attributes of a resource: a rule that reads some denies there, maybe at an earlier stage.
    assert {(cell.state, cell.note) for cell in cells} <= {("deny", code), ("deny", "not_permitted")}, about


def assert_closed(guard: Guard) -> None:
    """Whatever is allowed to somebody sound is denied with its code where something is the matter."""
    found = sounds(guard)
    assert found, "nobody is allowed anything, so that this shows nothing"
    for (who, context), asked in found.items():
        for name, (state, code) in INVALID.items():
            assert_denied(guard, who(**state), asked, context, code, (who.kind, name))
        for place in ("ws_2", "ws", None):
            items = [(action, Resource(each.surface, each.id, place)) for action, each in asked]
            decisions = [guard.check(who(), action, each, context) for action, each in items]
            decisions += guard.check_many(who(), items, context)
            assert {each.code for each in decisions} == {"workspace_mismatch"}
        if who.kind == "system":
            assert_denied(guard, who(None), asked, context, "workspace_mismatch", "no workspace")
            assert guard.check(who(None), asked[0][0], context=context).code == "workspace_mismatch"
        if who.kind == "session":
            assert_denied(guard, who(expires_at=NO_END), asked, context, "credential_invalid", "no end")
        assert_denied(guard, Principal.anonymous(), asked, context, "credential_invalid", "nobody")


@pytest.fixture
def one_surface(tmp_path: Path) -> Path:
    """A pack of one surface in one file."""
    file = tmp_path / "pack" / "notes.yaml"
    file.parent.mkdir()
    file.write_text(ONE_SURFACE, encoding="utf-8")
    return file


def compile_and_load(file: Path) -> Guard:
    """By way of a compiled pack."""
    packed = file.with_suffix(".sgpack")
    packed.write_bytes(compiled(load_program(file)))
    return Guard.load(packed)


def beside_another(file: Path) -> Guard:
    """In a list of paths."""
    other = file.parent.parent / "more.yaml"
    other.write_text("scopeguard: 1\nroles: {reader: {holds: ['notes:read']}}\n", encoding="utf-8")
    return Guard.load([other, file.parent])


def by_the_test_runner(file: Path) -> Guard:
    """As the tests of a folder are run."""
    text = "scopeguard: 1\ntests:\n  principals: {p: {kind: api_key}}\n  matrices: [{id: m, principals: [p]}]\n"
    (file.parent / "access_test.yaml").write_text(text, encoding="utf-8")
    (suite,) = collect([file.parent])
    return suite.guard


def reloaded(file: Path) -> Guard:
    """After a reload."""
    guard = Guard.load(file)
    guard.reload()
    return guard


WAYS: Final[dict[str, Callable[[Path], Guard]]] = {
    "a file": Guard.load,
    "a folder": lambda file: Guard.load(file.parent),
    "a list": beside_another,
    "compiled": compile_and_load,
    "tests": by_the_test_runner,
    "on the shipped pack": Guard.default,
    "again": reloaded,
}


@pytest.mark.parametrize("way", WAYS)
def test_v108_a_pack_of_one_surface(one_surface: Path, way: str) -> None:
    """However it is loaded, with a file that says nothing but what there is."""
    assert_closed(WAYS[way](one_surface))


@pytest.mark.parametrize("name", FOLDERS)
def test_v108_what_is_shipped(name: str) -> None:
    """The shipped pack and the examples."""
    assert_closed(FOLDERS[name]())


@pytest.mark.parametrize("name", OF_DOCS)
def test_v108_every_pack_of_the_pages(name: str, tmp_path: Path) -> None:
    """Every policy file that a page shows whole: by itself where it is a pack, or else on the shipped one."""
    file = tmp_path / "pack.yaml"
    file.write_text(OF_DOCS[name], encoding="utf-8")
    for load in (Guard.load, Guard.default):
        try:
            guard = load(file)
        except PolicyError:
            continue
        assert_closed(guard)
        break


MORE: Final = {
    "stages of its own": ("catalog: {stages: [channel, permission]}", "stages"),
    "stages in another order": ("catalog: {stages: [permission, workspace, sign_in, credential]}", "order"),
    "an allow for everybody": ('rules: [{id: all, effect: allow, on: ["*:*"]}]', ""),
    "an allow for anonymous": (
        'rules: [{id: all, effect: allow, on: ["*:*"], kinds: [anonymous, api_key, member, session, system]}]',
        "",
    ),
    "words of its own": ("recovery: {credential_revoked: {status: 403}, workspace_mismatch: {status: 403}}", ""),
    "a declared address": ("catalog: {attributes: {context: {ip: string}}}", ""),
    "a name": ("pack: {name: notes}", ""),
}


@pytest.mark.parametrize("name", MORE)
def test_v108_whatever_else_a_pack_says(one_surface: Path, name: str) -> None:
    """Stages, allows and words of its own leave the denials where they are."""
    more, about = MORE[name]
    (one_surface.parent / "more.yaml").write_text(f"scopeguard: 1\n{more}\n", encoding="utf-8")
    guard = Guard.load(one_surface.parent)
    if about != "order":
        assert_closed(guard)
    if about == "stages":
        assert guard.catalog.stages == ("credential", "workspace", "sign_in", "channel", "permission")
    revoked = Principal.api_key("k", workspace="ws_1", scopes="notes:read", revoked=True)
    assert guard.check(revoked, "notes:read").code == "credential_revoked"


def test_v108_a_pack_cannot_redefine_the_base(one_surface: Path) -> None:
    """A rule of the same id is told the place of the first, and so is an attribute of another type."""
    for more, word in (
        (
            "rules: [{id: credential.revoked, effect: deny, on: ['notes:read'], code: credential_revoked}]",
            "credentials",
        ),
        ("rules: [{id: workspace.own-only, effect: allow, on: ['notes:read']}]", "tenancy"),
    ):
        (one_surface.parent / "more.yaml").write_text(f"scopeguard: 1\n{more}\n", encoding="utf-8")
        (found,) = (each for each in find_problems(one_surface.parent) if each.code == "SG201")
        assert (found.code, Path(found.file).name) == ("SG201", "more.yaml")
        assert re.fullmatch(rf"first defined at base/{word}\.yaml:\d+:\d+", found.hint or "")


def test_v108_a_pack_leaves_the_base_in_so_many_words(one_surface: Path) -> None:
    """With a reason it loads and is told of; without one it does not load, and on the shipped pack neither."""
    more = one_surface.parent / "more.yaml"
    more.write_text("scopeguard: 1\npack: {base: none, because: Anybody reads recipes.}\n", encoding="utf-8")
    guard = Guard.load(one_surface.parent)
    assert [each.code for each in guard.warnings] == ["SG219"]
    assert [rule.id for rule in guard._generation.program.rules] == []
    assert guard.check(
        Principal.api_key("k", workspace="ws_1", scopes="notes:read", revoked=True), "notes:read"
    ).allowed
    with pytest.raises(PolicyError, match="SG218 a pack on the shipped one cannot leave out the base"):
        Guard.default(one_surface.parent)
    more.write_text("scopeguard: 1\npack: {base: none}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="SG217 base: none without a reason; say why in because, next to it"):
        Guard.load(one_surface.parent)
    more.write_text("scopeguard: 1\npack: {extends: default, base: none, because: Why not?}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="SG218"):
        Guard.load(one_surface.parent)


def test_v108_extends_is_default_spelled_in_the_folder(one_surface: Path) -> None:
    """A pack that stands on the shipped one is the same by either way, to the digest, and keeps the base."""
    by_default = Guard.default(one_surface.parent)
    (one_surface.parent / "pack.yaml").write_text("scopeguard: 1\npack: {extends: default}\n", encoding="utf-8")
    for guard in (Guard.load(one_surface.parent), Guard.default(one_surface.parent)):
        assert guard.digest == by_default.digest
        ids = [rule.id for rule in guard._generation.program.rules]
        assert ids == [rule.id for rule in by_default._generation.program.rules]
    pack, findings = read_pack(one_surface.parent)
    assert findings == []
    layers = [document.layer for document in pack.documents]
    assert layers == sorted(layers)
    assert {*layers} == {*Layer}


def test_v108_rules_of_the_base_are_rules(one_surface: Path) -> None:
    """Explained with their place, which names no folder of this machine; and in the digest."""
    guard = Guard.load(one_surface)
    place = guard.place("credential.revoked")
    assert place is not None
    assert place.file == "base/credentials.yaml"
    revoked = Principal.api_key("k", workspace="ws_1", scopes="notes:read", revoked=True)
    assert "deny credential.revoked: denies  (base/credentials.yaml:" in str(guard.explain(revoked, "notes:read"))
    digest = guard.digest
    (one_surface.parent / "more.yaml").write_text(
        "scopeguard: 1\npack: {base: none, because: Why not?}\n", encoding="utf-8"
    )
    assert Guard.load(one_surface.parent).digest != digest


def test_v108_the_base_is_named_by_its_own_tests_too(one_surface: Path) -> None:
    """A cell of a file of tests is answered by the base as any other."""
    (one_surface.parent / "access_test.yaml").write_text(
        "scopeguard: 1\n"
        "tests:\n"
        "  principals:\n"
        "    old: {kind: api_key, scopes: 'notes:read', attributes: {revoked: true}}\n"
        "    ended: {kind: session, scopes: 'notes:read'}\n"
        "  matrices:\n"
        "    - id: m\n"
        "      principals: [old, ended]\n"
        "      only: ['notes:read']\n"
        "      table: {'notes:read': {old: credential_revoked, ended: credential_invalid}}\n"
        "      expect: {'notes:read': {old: {rules: [credential.revoked]}}}\n",
        encoding="utf-8",
    )
    (suite,) = collect([one_surface.parent])
    assert [run_cell(suite.guard, cell).passed for cell in suite.cells] == [True, True]


def test_v108_a_compiled_pack_of_before_is_refused(one_surface: Path) -> None:
    """What was compiled without the base does not load: its format is another one."""
    data = compiled(load_program(one_surface))
    old = one_surface.with_suffix(".sgpack")
    old.write_bytes(data.replace(b"scopeguard-pack 3 ", b"scopeguard-pack 2 ", 1))
    with pytest.raises(PolicyError, match="SG114 a compiled pack of another format"):
        Guard.load(old)


def test_v108_an_installation_without_the_base_loads_nothing(
    one_surface: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the files of the base are missing or empty, no pack loads without them."""
    inside = tmp_path / "scopeguard" / "_shipped" / "policies"
    (inside / "workspace").mkdir(parents=True)
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "scopeguard")
    with pytest.raises(PolicyError, match="SG111"):
        Guard.load(one_surface)
    (inside / "base").mkdir()
    with pytest.raises(PolicyError, match="SG112 no policy file in this folder"):
        Guard.load(one_surface)
