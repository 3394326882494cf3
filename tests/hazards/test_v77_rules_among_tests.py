"""V77: rules in a file of tests, which loading passes over: what they deny would be open."""

from pathlib import Path

import pytest

from scopeguard import Guard, PolicyError
from scopeguard.documents.schema import PolicyDoc
from scopeguard.documents.strays import find_strays
from scopeguard.source import Source
from scopeguard.testing.collecting import find_problems

PACK = "scopeguard: 1\ncatalog: {surfaces: {notes: {actions: [read], coarse: true}}}\n"
TESTS = """tests:
  principals: {reader: {kind: api_key, scopes: "notes:read"}}
  matrices:
    - {id: rights, principals: [reader], table: {"notes:read": {reader: allow}}}
"""
RULE = '[{id: a.b, effect: deny, on: ["notes:read"], code: not_permitted}]'
WRITTEN = {
    "first": f"scopeguard: 1\nrules: {RULE}\n{TESTS}",
    "last": f"scopeguard: 1\n{TESTS}rules: {RULE}\n",
    "without tests": f"scopeguard: 1\nrules: {RULE}\n",
    "in quotes": f'scopeguard: 1\n{TESTS}"rules": {RULE}\n',
    "escaped": f'scopeguard: 1\n{TESTS}"r\\x75les": {RULE}\n',
    "indented": "".join(f"  {line}\n" for line in f"scopeguard: 1\n{TESTS}rules: {RULE}".splitlines()),
    "on one line": f"{{scopeguard: 1, tests: {{now: x}}, rules: {RULE}}}\n",
    "in braces": f"{{\nscopeguard: 1,\nrules: {RULE}\n}}\n",
    "as a key of its own": f"scopeguard: 1\n? rules\n: {RULE}\n",
    "after a mark": f"---\nscopeguard: 1\nrules: {RULE}\n",
    "with other line ends": f"scopeguard: 1\r\n{TESTS}rules: {RULE}\r\n",
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("folder", ["", "inner"])
def test_v77_rules_among_tests_are_refused(written: str, folder: str, tmp_path: Path) -> None:
    """However they are written and wherever the file stands: the pack does not load, and lint says so in the same words."""
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / "p.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / folder / "p_test.yaml").write_text(WRITTEN[written], encoding="utf-8", newline="")

    with pytest.raises(PolicyError) as raised:
        Guard.load(tmp_path)

    (told,) = raised.value.diagnostics
    assert (told.code, Path(told.file).name) == ("SG707", "p_test.yaml")
    assert 'section "rules"' in told.message
    assert told in find_problems([tmp_path])


@pytest.mark.parametrize("section", sorted(PolicyDoc.model_fields.keys() - {"scopeguard", "tests"}))
def test_v77_any_section(section: str, tmp_path: Path) -> None:
    """Every section but tests."""
    (tmp_path / "p.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "p_test.yml").write_text(f"scopeguard: 1\n{TESTS}{section}: {{}}\n", encoding="utf-8")

    with pytest.raises(PolicyError, match=f'SG707 section "{section}"'):
        Guard.load(tmp_path)


def test_v77_a_line_end_that_few_readers_know(tmp_path: Path) -> None:
    """What hides a line from a quick look is refused as well."""
    (tmp_path / "p.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "p_test.yaml").write_bytes(f"scopeguard: 1\rrules: {RULE}\n".encode())

    with pytest.raises(PolicyError, match="SG110"):
        Guard.load(tmp_path)


def test_v77_tests_among_rules_load(tmp_path: Path) -> None:
    """A file of nothing but tests is no obstacle, even one that is wrong in other ways."""
    (tmp_path / "p.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "p_test.yaml").write_text(f"# Rights.\nscopeguard: 1\n\n{TESTS}", encoding="utf-8")
    (tmp_path / "q_test.yaml").write_text("scopeguard: 1\ntests:\n  principals: {x: {}}\n", encoding="utf-8")
    assert Guard.load(tmp_path).warnings == ()


def test_v77_tests_are_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at the lines suffices for what has tests only."""
    monkeypatch.setattr("scopeguard.documents.strays.read", None)
    assert find_strays(Source("p_test.yaml", f"# Rights.\nscopeguard: 1\n{TESTS}")) == []
