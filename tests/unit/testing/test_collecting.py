"""From paths to tests: which files there are, which pack each is about, and what is told of mistakes."""

from pathlib import Path

import pytest

from scopeguard import PolicyError
from scopeguard.testing import collect, pinned_cells, run_cell
from scopeguard.testing.collecting import Packs, find_problems
from tests.unit.testing.suites import PACK, cells, failed, findings, write, write_tests

READS = "    - {id: reads, principals: [reader], only: ['notes:read'], table: {'notes:read': {reader: allow}}}\n"
OVERLAY = "scopeguard: 1\nroles: {guest: {holds: ['agents:read'], loosens: guests look}}\n"
OF_GUESTS = """
scopeguard: 1
tests:{pack}
  principals: {{guest: {{kind: member, roles: [guest]}}}}
  contexts: {{desk: {{channel: dashboard}}}}
  matrices:
    - {{id: guests, principals: [guest], context: desk, only: ["agents:*"], table: {{agents:read: {{guest: allow}}}}}}
"""


def shipped_tests() -> set[str]:
    """The names of the shipped pack's own files of tests."""
    return set(files())


def files(*paths: Path, packs: Packs | None = None) -> list[str]:
    """The names of the files that tests come from."""
    return [Path(suite.file).name for suite in collect(paths, packs)]


def test_a_file_is_about_its_folder(tmp_path: Path) -> None:
    """Without a word a file of tests is about the pack in the folder that holds it, wherever it is started from."""
    write(tmp_path / "one", READS)
    write(
        tmp_path / "two",
        READS,
        pack=PACK.replace("roles:\n  editor", "roles:\n  keeper").replace("[editor]", "[keeper]"),
    )
    text = (tmp_path / "two" / "access_test.yaml").read_text("utf-8")
    (tmp_path / "two" / "access_test.yaml").write_text(text.replace("[editor]", "[keeper]"), "utf-8")
    assert files(tmp_path) == ["access_test.yaml", "access_test.yaml"]
    assert failed(tmp_path) == set()


def test_a_file_names_its_pack(tmp_path: Path) -> None:
    """Paths from where the file stands, and the shipped pack by its name; all of them together are the pack."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "guests.yaml").write_text(OVERLAY, "utf-8")
    for number, pack in enumerate(("[default, ../mine]", "[../mine/guests.yaml, default]")):
        file = tmp_path / "tests" / f"n{number}_test.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(OF_GUESTS.format(pack=f"\n  pack: {pack}"), "utf-8")
        assert set(cells(file)) == {"agents:read[guest]", "agents:write[guest]"}
        assert failed(file) == set()


def test_the_shipped_pack_beneath(tmp_path: Path) -> None:
    """When asked for, the shipped pack is beneath a folder's own, in files of tests and in policy files."""
    (tmp_path / "guests.yaml").write_text(OVERLAY + OF_GUESTS.format(pack="").split("\n", 2)[2], "utf-8")
    (tmp_path / "guests_test.yaml").write_text(OF_GUESTS.format(pack=""), "utf-8")
    with pytest.raises(PolicyError, match="SG203"):
        collect([tmp_path])
    own = [name for name in files(tmp_path, packs=Packs(with_default=True)) if name not in shipped_tests()]
    assert own == ["guests.yaml", "guests_test.yaml"]
    (tmp_path / "guests_test.yaml").write_text(OF_GUESTS.format(pack="\n  pack: [.]"), "utf-8")
    with pytest.raises(PolicyError, match="SG2"):
        collect([tmp_path / "guests_test.yaml"], Packs(with_default=True))


def test_tests_in_a_policy_file(tmp_path: Path) -> None:
    """The tests of policy files are run for a folder and for a file, about the pack of that path."""
    names = tmp_path / "names.yaml"
    write(tmp_path, READS)
    (tmp_path / "access_test.yaml").rename(names)
    assert files(tmp_path) == ["names.yaml"]
    assert failed(tmp_path) == set()
    with pytest.raises(PolicyError) as refused:
        collect([names])
    assert {code for _, _, code in findings(refused.value)} >= {"SG206"}


def test_folders_inside(tmp_path: Path) -> None:
    """Files in folders inside are found, each once however it is reached; hidden ones are not."""
    write(tmp_path / "a", READS)
    write_tests(tmp_path / "a" / "b" / "inner_test.yml", READS, more="\n  pack: [..]\n")
    write_tests(tmp_path / "a" / ".hidden" / "hidden_test.yaml", READS)
    inner = tmp_path / "a" / "b" / "inner_test.yml"
    assert files(tmp_path, inner, tmp_path / "a") == ["access_test.yaml", "inner_test.yml"]
    assert len(pinned_cells([tmp_path])) == 2


def test_a_folder_of_tests_alone(tmp_path: Path) -> None:
    """A folder may hold tests of another one; one without any has none, and that is no mistake."""
    write(tmp_path / "pack", READS)
    (tmp_path / "pack" / "access_test.yaml").unlink()
    assert collect([tmp_path / "pack"]) == ()
    write_tests(tmp_path / "tests" / "access_test.yaml", READS, more="\n  pack: [../pack]\n")
    assert files(tmp_path / "tests") == ["access_test.yaml"]
    (tmp_path / "empty").mkdir()
    assert collect([tmp_path / "empty"]) == ()


@pytest.mark.parametrize("name", ["nowhere", "nowhere.yaml", "nowhere_test.yaml", "notes.txt"])
def test_a_path_that_is_not_there(tmp_path: Path, name: str) -> None:
    """What cannot be read is told, and never taken for a folder without tests."""
    (tmp_path / "notes.txt").write_text("", "utf-8")
    with pytest.raises(PolicyError, match="SG111"):
        collect([tmp_path / name])
    assert [each.code for each in find_problems([tmp_path / name])] == ["SG111"]


def test_every_mistake_at_once(tmp_path: Path) -> None:
    """The findings of all files, and of the pack itself, come together; no file with a mistake is run."""
    write(
        tmp_path, READS.replace("[reader]", "[raeder]"), pack=PACK.replace("code: not_permitted", "code: not_permited")
    )
    write_tests(tmp_path / "second_test.yaml", READS.replace("allow", "not_alowed"))
    write_tests(tmp_path / "third_test.yaml", READS)
    with pytest.raises(PolicyError) as refused:
        collect([tmp_path])
    assert findings(refused.value) == [
        ("access_test.yaml", 11, "SG701"),
        ("notes.yaml", 25, "SG209"),
        ("second_test.yaml", 11, "SG209"),
    ]


OUTSIDE = [
    ("scopeguard: 1\nrules: []\n", {"SG123"}),
    ("scopeguard: 1\nroles: {a: {holds: ['notes:read']}}\n", {"SG707"}),
    (
        "scopeguard: 1\nroles: {a: {holds: ['notes:read']}}\ntests: {principals: {b: {kind: anonymous}}, matrices: [{id: a, principals: [b]}]}\n",
        {"SG707"},
    ),
    ("scopeguard: 1\n", {"SG707"}),
    ("scopeguard: 1\ntests: {}\n", {"SG707"}),
    ("scopeguard: 1\ntests: {matrices: []}\n", {"SG123"}),
    ("scopeguard: 1\ntests: {pack: [nowhere], matrices: [{id: a, principals: [b]}]}\n", {"SG701"}),
    ("scopeguard: 1\ntests: {pack: []}\n", {"SG123"}),
    ("scopeguard: 1\ntests: {matrixes: []}\n", {"SG120"}),
    ("scopeguard: 1\ntests: {matrices: [{id: a}]}\n", {"SG122"}),
    ("scopeguard: 2\n", {"SG125"}),
    ("tests: [\n", {"SG101"}),
    ("- a\n", {"SG121"}),
    ("\ttests: {}\n", {"SG110"}),
]


@pytest.mark.parametrize(("text", "codes"), OUTSIDE, ids=[text.replace("\n", " ") for text, _ in OUTSIDE])
def test_what_a_file_of_tests_is_not(tmp_path: Path, text: str, codes: set[str]) -> None:
    """Other sections, none at all, a pack that is not there and malformed text: a finding each, and never silence."""
    write(tmp_path, "")
    (tmp_path / "access_test.yaml").write_text(text, "utf-8")
    with pytest.raises(PolicyError) as refused:
        collect([tmp_path])
    assert codes <= {code for _, _, code in findings(refused.value)}
    assert find_problems([tmp_path]) == refused.value.diagnostics


def test_findings_come_with_those_of_the_pack(tmp_path: Path) -> None:
    """Linting a folder lints its tests; linting a file of tests lints the pack that it is about. Nothing comes twice."""
    file = write(tmp_path, READS, pack=PACK.replace("unless: context.facts.open", "unless: context.facts.opened"))
    assert [(each.code, each.line) for each in find_problems([tmp_path])] == [("SG211", 24)]
    assert find_problems([file]) == find_problems([tmp_path]) == find_problems([tmp_path, file])
    file.write_text(file.read_text("utf-8").replace("notes:read", "notes:raed"), "utf-8")
    assert [each.code for each in find_problems([tmp_path])] == ["SG205", "SG204", "SG204", "SG211"]


def test_a_pack_that_cannot_be_read_accuses_nobody(tmp_path: Path) -> None:
    """Where a file of the pack is malformed, what tests name may well stand in it."""
    write(tmp_path, READS)
    (tmp_path / "notes.yaml").write_text("scopeguard: 1\ncatalog: [", "utf-8")
    assert [each.code for each in find_problems([tmp_path])] == ["SG101"]
    with pytest.raises(PolicyError) as refused:
        collect([tmp_path])
    assert [code for _, _, code in findings(refused.value)] == ["SG101"]


def test_a_pack_is_read_once(tmp_path: Path) -> None:
    """Files about one pack share its guard."""
    write(tmp_path, READS)
    write_tests(tmp_path / "more_test.yaml", READS)
    one, other = collect([tmp_path])
    assert one.guard is other.guard


def test_the_shipped_pack_has_tests() -> None:
    """Without a path the tests are those of the shipped pack: the four audiences that a reviewer thinks of."""
    assert {Path(suite.file).name for suite in collect()} >= {
        "read_only_key_test.yaml", "full_write_key_test.yaml", "narrow_key_test.yaml", "roles_test.yaml"}  # fmt: skip
    assert find_problems() == ()


def test_the_roles_are_asked_about_everything() -> None:
    """Each of the six roles is pinned over every permission of the catalog."""
    (suite,) = (suite for suite in collect() if suite.file.endswith("roles_test.yaml"))
    pinned = {(cell.column, cell.action) for cell in suite.cells if cell.matrix == "roles"}
    catalog = suite.guard.catalog
    assert pinned == {(role, permission) for role in catalog.roles for permission in catalog.permissions}


LAYER = """
scopeguard: 1
pack: {extends: default}
catalog: {surfaces: {notes: {actions: [read], coarse: true}}}
rules:
  - {id: mine.no-agents, effect: deny, on: ["agents:read"], kinds: [api_key], code: not_permitted}
"""
READS_AGENTS = "read_only_key_test.yaml::reads::agents:read[reader]"
ACCEPTS = "tests: {{accepts: {{'{cell}': {{answer: {answer}, because: keys leave agents alone}}}}}}\n"


def failing(*paths: Path) -> dict[str, str]:
    """What differs in each cell that is not as expected, by its id without folders."""
    results = [run_cell(suite.guard, cell) for suite in collect(paths) for cell in suite.cells]
    return {
        result.cell.id.rpartition("/")[2]: ", ".join(each.part for each in result.differences)
        for result in results if not result.passed
    }  # fmt: skip


def test_a_layer_is_asked_the_tests_of_the_layer_below(tmp_path: Path) -> None:
    """What it answers in another way is told, but not what it adds; what it accepts is as expected, and nothing else is."""
    layer = tmp_path / "layer.yaml"
    layer.write_text(LAYER, "utf-8")
    differs = failing(layer)
    assert READS_AGENTS in differs
    assert not [each for each in differs if "notes:" in each]
    layer.write_text(LAYER + ACCEPTS.format(cell=READS_AGENTS, answer="not_permitted"), "utf-8")
    assert failing(layer).keys() == differs.keys() - {READS_AGENTS}


def test_what_is_accepted_is_there_and_differs(tmp_path: Path) -> None:
    """A cell that no test has, one twice, an unknown code, and an answer that is none other are told."""
    layer = tmp_path / "layer.yaml"
    same = "read_only_key_test.yaml::reads::knowledge:read[reader]"
    layer.write_text(LAYER + ACCEPTS.format(cell=same, answer="allow"), "utf-8")
    assert failing(layer)[same] == "accepts"
    for cell, answer, code in (
        (READS_AGENTS.replace("reader", "raeder"), "deny", "SG710"),
        (READS_AGENTS, "not_permited", "SG209"),
    ):
        layer.write_text(LAYER + ACCEPTS.format(cell=cell, answer=answer), "utf-8")
        with pytest.raises(PolicyError, match=code):
            collect([layer])


def test_nothing_is_accepted_without_a_layer_below(tmp_path: Path) -> None:
    """A pack of its own has no tests of others to answer."""
    pack = tmp_path / "notes.yaml"
    pack.write_text("scopeguard: 1\n" + ACCEPTS.format(cell=READS_AGENTS, answer="deny"), "utf-8")
    with pytest.raises(PolicyError, match="SG710"):
        collect([pack])
