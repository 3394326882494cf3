"""The compiled form of a pack: it is read as it was written, or refused, whatever the bytes."""

import json
import math
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, shipped
from scopeguard.compiling import pack_file, shapes
from scopeguard.compiling.expressions import NODE, NODES
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_file import chosen, load_packed, sources_of, unpack
from scopeguard.compiling.pack_writing import pack
from scopeguard.compiling.shapes import NUMBER, MalformedError, Reading, Writing, at, record, row
from scopeguard.compiling.shapes import TEXT as A_TEXT
from scopeguard.limits import MAX_COMPILED_DEPTH
from scopeguard.source import Location
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, UInt

TEXT = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string}}
  operations:
    notes.publish: {needs: "notes:write"}
  attributes: {facts: {open: bool}}
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"], rank: 5}
rules:
  - {id: notes.closed, effect: deny, on: ["notes:write"], unless: context.facts.open, code: not_permitted, because: It is closed}
invariants:
  - {id: nobody, never: {principal: {kinds: [anonymous]}, action: ["notes:*"]}}
"""
ANN = Principal.member("ann", workspace="ws_1", roles=["editor"])
BOB = Principal.api_key("bob", workspace="ws_1", scopes="workspace:read notes:write/n_1")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small pack."""
    file = tmp_path / "notes.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
def data(source: Path) -> bytes:
    """The small pack, compiled."""
    return pack(load_program(source), base=source.parent.as_posix())


def refused(data: bytes) -> str:
    """The one finding about bytes that are no compiled pack of ours."""
    with pytest.raises(PolicyError) as raised:
        unpack(data, "x.sgpack")
    (finding,) = raised.value.diagnostics
    assert (finding.code, finding.file, finding.line, finding.column) == ("SG114", "x.sgpack", 1, 1)
    assert finding.hint
    return finding.message


def sealed(content: object) -> bytes:
    """A payload under a digest that is right: what only the shapes can refuse."""
    payload = json.dumps(content).encode()
    return b"scopeguard-pack 3 sha256:" + sha256(payload).hexdigest().encode() + b"\n" + payload


def content_of(data: bytes) -> dict[str, Any]:
    """The payload of a compiled pack."""
    found: dict[str, Any] = json.loads(data.partition(b"\n")[2])
    return found


def test_the_file_is_a_line_and_json(data: bytes) -> None:
    """The line names the format, its version and the digest of everything below; no path of this machine is in it."""
    head, _, payload = data.partition(b"\n")
    assert head.decode() == f"scopeguard-pack 3 sha256:{sha256(payload).hexdigest()}"
    content = content_of(data)
    assert list(content) == ["language", "sources", "files", "program", "nodes"]
    assert (content["language"], content["sources"], sorted(content["files"])) == (
        1, None, ["base/credentials.yaml", "base/tenancy.yaml", "notes.yaml"],
    )  # fmt: skip


def test_equal_packs_are_equal_files(source: Path, data: bytes) -> None:
    """Nothing but the pack is in it: compiled again, it is the same to the byte."""
    assert pack(load_program(source), base=source.parent.as_posix()) == data


def test_every_changed_byte_is_refused(data: bytes) -> None:
    """In the line or below it, to the letter next to it or to nothing at all."""
    for index, byte in enumerate(data):
        for other in {byte ^ 1, byte ^ 32, 0, 10} - {byte}:
            refused(data[:index] + bytes([other]) + data[index + 1 :])
        refused(data[:index] + data[index + 1 :])
        refused(data[:index])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:0], "not a compiled pack"),
        (lambda data: TEXT.encode() + data, "not a compiled pack"),
        (lambda data: data.replace(b"pack 3 ", b"pack 2 ", 1), "a compiled pack of another format"),
        (lambda data: data.replace(b"sha256:", b"SHA256:", 1), "a damaged compiled pack: its digest is another one"),
        (lambda data: data + b"\n", "a damaged compiled pack: its digest is another one"),
    ],
)
def test_what_is_no_compiled_pack_is_told(data: bytes, change: Callable[[bytes], bytes], message: str) -> None:
    """Another file, another version of the format, and damage."""
    assert refused(change(data)) == message


def test_another_version_of_the_language_is_refused(data: bytes) -> None:
    """What an expression means is of one version."""
    content = content_of(data) | {"language": 2}
    assert refused(sealed(content)) == "a compiled pack of another version of the policy language"
    assert refused(sealed([])) == "a compiled pack of another version of the policy language"


def test_what_a_rule_names_is_in_the_pack(data: bytes) -> None:
    """The stage and the codes of each, and the parts of the file are those that are written."""
    content = content_of(data)
    malformed = "a malformed compiled pack:"
    for part in content.keys() - {"language"}:
        less = {name: value for name, value in content.items() if name != part}
        assert refused(sealed(less)) == f"{malformed} language, sources, files, program and nodes were expected"
    unpack(sealed(content), "x.sgpack")
    stages = len(content["program"][1][6])
    for rule in content["program"][3]:
        for place, wrong, message in (
            (4, -1, "a stage that the pack does not have"), (4, stages, "a stage that the pack does not have"),
            (5, "nowhere", "a code that the pack does not have"), (9, "nowhere", "a code that the pack does not have"),
        ):  # fmt: skip
            kept, rule[place] = rule[place], wrong
            if (place, rule[1]) == (5, "allow"):
                unpack(sealed(content), "x.sgpack")
            else:
                assert refused(sealed(content)) == f"{malformed} {message}"
            rule[place] = kept


def test_nothing_stands_twice(data: bytes) -> None:
    """Of two surfaces of one name the last would count, and nobody who reads the pack could tell."""
    for is_set in (False, True):
        content = content_of(data)
        surfaces = content["program"][1][0]
        found = surfaces[0][1][3] if is_set else surfaces
        found.append(found[0])
        assert refused(sealed(content)) == "a malformed compiled pack: something is there twice"


def test_records_that_nobody_can_read_are_left_out(data: bytes, tmp_path: Path) -> None:
    """No policy brings them along, and where a file says so all the same they are redacted."""
    content = content_of(data)
    surfaces = content["program"][1][0]
    name, notes = surfaces[0]
    surfaces.append(["odd", ["odd", ["write"], *notes[2:]]])
    notes[10] = [["read", ["odd"]]]
    (tmp_path / "odd.sgpack").write_bytes(sealed(content))
    key = Principal.api_key("k", workspace="w", scopes=f"{name}:read")
    for _ in range(3):
        decision = Guard.load(tmp_path / "odd.sgpack").check(key, f"{name}:read")
        assert (decision.allowed, decision.redact) == (True, ("odd",))


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("int", -(2**63), 2**63 - 1), ("uint", 0, 2**64 - 1)]
)  # fmt: skip
def test_whole_numbers_are_of_64_bits(data: bytes, kind: str, least: int, most: int) -> None:
    """One beyond is no number of the language."""
    content = content_of(data)
    content["nodes"].append(["Literal", [kind, 0]])
    for value in (least, most):
        content["nodes"][-1][1][1] = value
        unpack(sealed(content), "x.sgpack")
    for value in (least - 1, most + 1):
        content["nodes"][-1][1][1] = value
        assert refused(sealed(content)) == f"a malformed compiled pack: a number from {least} to {most} was expected"


def test_a_layout_names_every_field() -> None:
    """In their order: one that a class has and its layout has not would be read as something else."""
    for fields in ({"line": NUMBER, "column": NUMBER}, {"line": NUMBER, "file": A_TEXT, "column": NUMBER}):
        with pytest.raises(TypeError, match="is not that of its class"):
            record(Location, **fields)


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"\xff", b"[" * 100_000, b'{"language": 1, "language": ' + b"9" * 5000 + b"}"],
    ids=["empty", "open", "no text", "deep", "long"],
)
def test_what_is_no_json_is_refused(payload: bytes) -> None:
    """Whatever stands under a digest that is right."""
    head = b"scopeguard-pack 3 sha256:" + sha256(payload).hexdigest().encode()
    assert refused(head + b"\n" + payload).startswith("a malformed compiled pack: ")


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with every key of it, however deep."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def test_no_shape_takes_another_type(data: bytes) -> None:
    """A decimal and a mapping stand nowhere in a compiled pack: put in any place they are refused, and so is a part more."""
    content = content_of(data)
    count = 0
    for container, key in places(content):
        before = container[key]
        wrong: Any
        for wrong in (1.5, {"a": 1}, [[]]):
            container[key] = wrong
            if (container, key, wrong) != (content, "sources", wrong):
                assert "malformed" in (message := refused(sealed(content))) or "language" in message
                count += 1
        container[key] = before
    assert count > 1000
    assert unpack(sealed(content), "x.sgpack").digest == content["program"][0]


def test_whatever_is_put_in_any_place_is_refused_or_read(data: bytes) -> None:
    """Values of the types that there are, missing and surplus parts: PolicyError or a program, and no other error."""
    content = content_of(data)
    outcomes = {True: 0, False: 0}
    for container, key in places(content):
        before = container[key]
        changes: list[Any] = [None, True, -1, 0, 10**9, 10**40, "", "x", "\ud800", []]
        if isinstance(before, list):
            changes += [before[:-1], [*before, *before[-1:]], before[::-1]]
        for wrong in changes:
            container[key] = wrong
            try:
                Guard(lambda: unpack(sealed(content), "x.sgpack"))  # called at once
            except PolicyError:
                outcomes[False] += 1
            else:
                outcomes[True] += 1
        container[key] = before
    assert outcomes[False] > outcomes[True] > 0


TREES: list[Expr] = [
    *(Literal(value) for value in ("", "é\ud800", 0, -(2**63), 2**63 - 1, UInt(2**64 - 1), True, False, None)),
    *(Literal(value) for value in (0.0, -0.0, 1e308, 5e-324, math.inf, -math.inf, math.nan, 0.1, b"", b"\x00\xff")),
    Ident("x"),
    Ident("context.now", absolute=True),
    ex.Select(Ident("x"), "y", test=True),
    ex.Select(Ident("x"), "y", optional=True),
    ex.Index(Ident("x"), Literal(1), optional=True),
    Call("size", (), target=Ident("x")),
    Call("_&&_", (Literal(value=True), Ident("x"), Ident("x"))),
    ex.ListExpr((Ident("x"), Literal(1)), frozenset({0, 1})),
    ex.MapExpr(((Literal("k"), Ident("x")), (Literal("l"), Ident("x"))), frozenset({1})),
    ex.Macro("map", Ident("x"), ("i", "v"), (Ident("i", absolute=False), Ident("v"))),
    ex.Failure("no value"),
]


def written(tree: Expr) -> tuple[int, list[Any]]:
    """The index of a tree and the rows of the table that it stands in, as JSON gives them back."""
    tables = Writing()
    index = NODE.write(tree, tables)
    return index, json.loads(json.dumps(tables.rows))


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_every_kind_of_expression_is_read_as_it_was(tree: Expr) -> None:
    """Constants by type and bit, and what is shared stands once."""
    index, rows = written(tree)
    assert len(rows) == len({repr(each) for each in ex.walk(tree)})
    tables = Reading([])
    tables.read_nodes(rows, NODES)
    assert tables.nodes[index] == tree
    assert type(tables.nodes[index]) is type(tree)


def test_all_kinds_of_expressions_are_tried() -> None:
    """The list above has one of each."""
    assert {type(node).__name__ for tree in TREES for node in ex.walk(tree)} == set(NODES)


def grown(times: int, width: int) -> list[list[Any]]:
    """Rows of a tree that doubles, or only deepens, so many times."""
    return [["Ident", "x", True], *(["Call", "_&&_", [index] * width, None] for index in range(times))]


def test_what_is_small_in_the_file_and_huge_in_memory_is_refused(data: bytes) -> None:
    """Shared nodes are counted each time that they stand somewhere, and depth is bounded."""
    content = content_of(data)
    for more in (grown(60, 2), grown(100, 1), grown(21, 3)):
        assert refused(sealed(content | {"nodes": content["nodes"] + moved(more, len(content["nodes"]))})) == (
            "a malformed compiled pack: an expression is too large"
        )
    fine = content | {"nodes": content["nodes"] + moved(grown(15, 2), len(content["nodes"]))}
    assert unpack(sealed(fine), "x.sgpack").rules


def test_the_largest_expressions_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bound is the most that there may be."""
    for rows in (grown(MAX_COMPILED_DEPTH - 1, 1), grown(9, 2)):
        monkeypatch.setattr(shapes, "MAX_COMPILED_NODES", 2**10 - 1)
        Reading([]).read_nodes(rows, NODES)
    with pytest.raises(MalformedError, match="too large"):
        Reading([]).read_nodes(grown(MAX_COMPILED_DEPTH, 1), NODES)
    monkeypatch.setattr(shapes, "MAX_COMPILED_NODES", 2**10 - 2)
    with pytest.raises(MalformedError, match="too large"):
        Reading([]).read_nodes(grown(9, 2), NODES)


@pytest.mark.parametrize("row", [5, None, "Ident", [], {}, {"Ident": 1}, [5], [[]], ["none"]], ids=repr)
def test_a_row_that_is_no_expression_is_refused(row: object) -> None:
    """It begins with the name of its kind."""
    with pytest.raises(MalformedError, match="an expression is of no known kind"):
        Reading([]).read_nodes([row], NODES)


@pytest.mark.parametrize("index", [True, 1.0, "0", None, -1, 2, [0]], ids=repr)
def test_an_index_names_what_is_there(index: object) -> None:
    """A whole number from 0 on."""
    with pytest.raises(MalformedError, match="an index was expected"):
        at(["a", "b"], index)
    assert (at(["a", "b"], 0), at(["a", "b"], 1)) == ("a", "b")


@pytest.mark.parametrize("value", [None, "ab", {"one": "a", "two": "b"}, [], ["a"], ["a", "b", "c"]], ids=repr)
def test_a_row_has_all_of_its_fields(value: object) -> None:
    """And no more."""
    shape = row(one=A_TEXT, two=A_TEXT)
    with pytest.raises(MalformedError, match="a row of one, two was expected"):
        shape.read(value, Reading([]))
    assert shape.read(["a", "b"], Reading([])) == ("a", "b")


def moved(rows: list[list[Any]], by: int) -> list[list[Any]]:
    """Rows that stand behind others."""
    return [[*row[:2], [each + by for each in row[2]], *row[3:]] if row[0] == "Call" else row for row in rows]


def test_an_expression_stands_before_what_uses_it(data: bytes) -> None:
    """So that no expression is part of itself."""
    content = content_of(data)
    size = len(content["nodes"])
    for index in (size, size + 1, -1, True, "0"):
        content["nodes"].append(["Call", "!_", [index], None])
        assert refused(sealed(content)) == "a malformed compiled pack: an expression was expected"
        content["nodes"].pop()


def test_a_guard_of_a_compiled_pack(source: Path, data: bytes) -> None:
    """It answers, names its places and is as verified as the guard of the pack; so are paths and lists of one."""
    pytest.importorskip("z3", reason="what is proved needs the extra for proofs")
    file = source.with_suffix(".sgpack")
    file.write_bytes(pack(load_program(source)))
    before = Guard.load(source, verify=True)
    for path in (file, str(file), [file]):
        guard = Guard.load(path, verify=True)
        assert guard.digest == before.digest
        assert guard.place("notes.closed") == before.place("notes.closed")
        assert guard.verify() == before.verify() == ()
        for who in (ANN, BOB):
            for context in (Context(), Context(facts={"open": True})):
                assert guard.check(who, "notes:write", context=context) == before.check(
                    who, "notes:write", context=context
                )
                assert str(guard.explain(who, "notes:write", context=context)) == str(
                    before.explain(who, "notes:write", context=context)
                )


def test_a_broken_invariant_is_told_of_a_compiled_pack(source: Path) -> None:
    """With its place in the policy file."""
    pytest.importorskip("z3", reason="what is proved needs the extra for proofs")
    source.write_text(TEXT.replace("kinds: [anonymous]", "kinds: [member]"), encoding="utf-8")
    file = source.with_suffix(".sgpack")
    file.write_bytes(pack(load_program(source)))
    with pytest.raises(PolicyError) as raised:
        Guard.load(file, verify=True)
    assert [(each.code, each.file) for each in raised.value.diagnostics] == [("SG601", source.as_posix())]


def test_a_compiled_pack_is_reloaded(source: Path) -> None:
    """A new file takes effect as a whole, and a damaged one leaves the last good one in place."""
    file = source.with_suffix(".sgpack")
    file.write_bytes(pack(load_program(source)))
    guard = Guard.load(file)
    assert guard.check(ANN, "notes:write").reason.startswith("It is closed")
    source.write_text(TEXT.replace("It is closed", "Closed for good"), encoding="utf-8")
    file.write_bytes(pack(load_program(source)))
    guard.reload()
    assert guard.check(ANN, "notes:write").reason.startswith("Closed for good")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(PolicyError, match="damaged"):
        guard.reload()
    assert guard.generation == 2
    assert guard.check(ANN, "notes:write").reason.startswith("Closed for good")


def test_a_path_without_a_file_is_told(tmp_path: Path) -> None:
    """A missing file and a folder."""
    (tmp_path / "folder.sgpack").mkdir()
    with pytest.raises(PolicyError, match=r"none\.sgpack:1:1: SG114 cannot be read: no such file or directory"):
        load_packed(tmp_path / "none.sgpack")
    with pytest.raises(PolicyError, match="SG114"):
        Guard.load(tmp_path / "folder.sgpack")


@pytest.mark.parametrize("flag", ["O_NONBLOCK", "O_BINARY"])
def test_a_file_is_read_where_the_system_lacks_a_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, flag: str
) -> None:
    """Windows has no reading without waiting, and others tell no text from bytes."""
    monkeypatch.delattr(os, flag, raising=False)
    (tmp_path / "notes.sgpack").write_bytes(data)
    assert pack(load_packed(tmp_path / "notes.sgpack")) == data


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Before it is looked at."""
    (tmp_path / "x.sgpack").write_bytes(data)
    monkeypatch.setattr(pack_file, "MAX_COMPILED_BYTES", len(data) - 1)
    with pytest.raises(PolicyError, match=f"larger than {len(data) - 1} bytes"):
        load_packed(tmp_path / "x.sgpack")
    monkeypatch.setattr(pack_file, "MAX_COMPILED_BYTES", len(data))
    assert load_packed(tmp_path / "x.sgpack").rules


class Bytes:
    """A path that is bytes."""

    def __fspath__(self) -> bytes:
        return b"pack.sgpack"

    def __repr__(self) -> str:
        return "a path of bytes"


@pytest.mark.parametrize("paths", [None, 5, "", "p", b"pack.sgpack", Bytes(), (), (5,), ("a", "b.sgpack")], ids=repr)
def test_what_names_no_compiled_pack_is_left_to_reading(data: bytes, paths: object) -> None:
    """Which refuses what is no path."""
    program = unpack(data, "x.sgpack")
    assert chosen(paths, "", lambda: program) is program


def test_a_compiled_pack_stands_alone(source: Path) -> None:
    """It is a whole pack: with others beside it there would be two digests."""
    file = source.with_suffix(".sgpack")
    file.write_bytes(pack(load_program(source)))
    with pytest.raises(PolicyError, match="not a policy file; a compiled pack is a whole one: load it by itself"):
        Guard.load([file, source])


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of policies of an installation of its own."""
    inside = tmp_path / "scopeguard" / "_shipped" / "policies"
    shutil.copytree(shipped.policies(), inside)
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "scopeguard")
    return inside


def readings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is read as policy files from now on."""
    loading = sys.modules["scopeguard.compiling.loading"]
    found: list[object] = []
    real = load_program

    def reading(paths: Any, here: str) -> Any:
        found.append(paths)
        return real(paths, here)

    monkeypatch.setattr(loading, "load_program", reading)
    return found


def test_the_shipped_pack_is_read_compiled(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as its policy files are those that it was compiled from; tests and other files beside them change nothing."""
    read = readings(monkeypatch)
    (installed / "workspace" / "more_test.yaml").write_text("no policy", encoding="utf-8")
    (installed / "workspace" / "notes.txt").write_text("no policy", encoding="utf-8")
    guard = Guard.default()
    assert read == []
    place = guard.place("scope:agents:read")
    assert place is not None
    assert Path(place.file) == installed / "workspace" / "catalog-product.yaml"
    assert Guard.default(installed / "examples" / "overlay").digest != guard.digest
    assert len(read) == 1


def edit(folder: Path) -> None:
    """A comment more."""
    with (folder / "workspace" / "roles.yaml").open("a", encoding="utf-8") as file:
        file.write("# edited\n")


def add(folder: Path) -> None:
    """A file more."""
    (folder / "workspace" / "more.yml").write_text("scopeguard: 1\n", encoding="utf-8")


def nest(folder: Path) -> None:
    """A folder more."""
    (folder / "workspace" / "more").mkdir()
    (folder / "workspace" / "more" / "more.yaml").write_text("scopeguard: 1\n", encoding="utf-8")


def link(folder: Path) -> None:
    """A link in the place of a file."""
    (folder / "workspace" / "roles.yaml").rename(folder / "workspace" / "roles.txt")
    (folder / "workspace" / "roles.yaml").symlink_to("roles.txt")


def damage(folder: Path) -> None:
    """A compiled pack with a bit that is another."""
    file = folder / "workspace.sgpack"
    data = file.read_bytes()
    file.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])


def remove(folder: Path) -> None:
    """No compiled pack at all."""
    (folder / "workspace.sgpack").unlink()


@pytest.mark.parametrize("change", [edit, add, nest, link, damage, remove])
def test_where_the_compiled_one_does_not_fit_the_policy_files_count(
    installed: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    """Whatever was done to either, the answer is that of the policy files."""
    digest = Guard.default().digest
    read = readings(monkeypatch)
    change(installed)
    assert Guard.default().digest == digest
    assert len(read) == 1


def test_a_changed_shipped_pack_is_in_force(installed: Path) -> None:
    """An edit of a policy file is never hidden by what was compiled before it."""
    file = installed / "workspace" / "roles.yaml"
    text = file.read_text(encoding="utf-8")
    guard = Guard.default()
    file.write_text(re.sub(r"rank: \d+", "rank: 77", text, count=1), encoding="utf-8")
    guard.reload()
    assert 77 in {role.rank for role in guard.catalog.roles.values()}


def test_the_digest_of_the_sources_sees_names_and_bytes(tmp_path: Path) -> None:
    """Another name, another byte and another file are another digest; the order of a folder is none of it."""
    found = set()
    for files in (
        {"a.yaml": "1", "b.yaml": "2"}, {"a.yaml": "2", "b.yaml": "1"}, {"a.yaml": "1", "c.yaml": "2"},
        {"a.yaml": "1"}, {"a.yaml": "12"}, {"A.YAML": "1", "b.yaml": "2"}, {},
    ):  # fmt: skip
        shutil.rmtree(tmp_path / "pack", ignore_errors=True)
        (tmp_path / "pack").mkdir()
        for name, text in reversed(files.items()):
            (tmp_path / "pack" / name).write_text(text, encoding="utf-8")
        found.add(sources_of(str(tmp_path / "pack")))
    assert len(found) == 7
