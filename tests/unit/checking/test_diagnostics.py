"""Every diagnostic, pinned whole: place, code, message and hint of small packs with mistakes in them."""

import re
from pathlib import Path

import pytest

from scopeguard import Diagnostic, shipped
from scopeguard.compiling.loading import find_problems
from scopeguard.documents.loading import read_pack
from scopeguard.semantics.functions import regex
from scopeguard.testing.collecting import find_problems as find_problems_of_all
from tests.conftest import GOLDEN, Golden

CASES = GOLDEN / "diagnostics"
SOURCE = Path(__file__).parents[3] / "src" / "scopeguard"
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "diagnostics.md"
NAMES = sorted(file.stem for file in CASES.glob("sg*.yaml"))
LAYERED = sorted(file.stem for file in (CASES / "layers").glob("*.yaml"))
_CODE = re.compile(r"SG\d{3}")
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ENTRIES = dict(
    re.findall(r"^### (SG\d{3})\n(.*?)(?=^##|\Z)", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
)


def report(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is found in a case, together with the small pack that all of them stand on."""
    monkeypatch.chdir(CASES)
    return "".join(f"{each.severity} {each}\n" for each in find_problems(["base.yaml", f"{name}.yaml"]))


@pytest.mark.parametrize("name", NAMES)
def test_report(name: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case gives this report, and at least the codes that its name promises."""
    if re.search(rb"regex\.|\.matches\(", (CASES / f"{name}.yaml").read_bytes()) and regex.engine() is None:
        pytest.skip("google-re2 is not installed")
    text = report(name, monkeypatch)
    golden(f"diagnostics/{name}.txt", text)
    promised = {code.upper() for code in re.findall(r"sg\d{3}", name)}
    assert promised <= set(_CODE.findall(text))


@pytest.mark.parametrize("name", LAYERED)
def test_report_of_a_layer(name: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer above the shipped pack, or a pack that takes itself for one, gives this report."""
    monkeypatch.chdir(CASES / "layers")
    text = "".join(f"{each.severity} {each}\n" for each in find_problems(f"{name}.yaml"))
    text = text.replace(Path(shipped.default_pack()).as_posix(), "workspace")
    golden(f"diagnostics/layers/{name}.txt", text)
    promised = {code.upper() for code in re.findall(r"sg\d{3}", name)}
    assert promised <= set(_CODE.findall(text))


def test_the_small_pack_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cases stand on has no findings of its own."""
    monkeypatch.chdir(CASES)
    assert find_problems("base.yaml") == ()


@pytest.mark.parametrize("name", sorted(file.stem for file in (CASES / "right").glob("*.yaml")))
def test_what_is_right_has_no_finding(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs that come near to mistakes without making one are loaded without a word."""
    assert report(f"right/{name}", monkeypatch) == ""


def test_every_finding_of_every_file_comes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings of several files come together, in the order of their places."""
    monkeypatch.chdir(CASES)
    together = ["base.yaml", "sg304_coarse_unsaid.yaml", "sg404_sg405_sg407_codes.yaml", "sg306_qualifiers.yaml"]
    found = [(each.file, each.line, each.code) for each in find_problems(together)]
    assert found == [
        ("sg304_coarse_unsaid.yaml", 4, "SG304"),
        ("sg306_qualifiers.yaml", 3, "SG306"),
        ("sg306_qualifiers.yaml", 4, "SG301"),
        ("sg404_sg405_sg407_codes.yaml", 3, "SG404"),
        ("sg404_sg405_sg407_codes.yaml", 4, "SG407"),
        ("sg404_sg405_sg407_codes.yaml", 4, "SG407"),
        ("sg404_sg405_sg407_codes.yaml", 6, "SG405"),
        ("sg404_sg405_sg407_codes.yaml", 6, "SG416"),
    ]


def emitted() -> set[str]:
    """The codes that stand as literals in the source."""
    literal = re.compile(r'"(SG\d{3})"')
    return {code for file in SOURCE.rglob("*.py") for code in literal.findall(file.read_text(encoding="utf-8"))}


def test_every_code_is_documented() -> None:
    """The reference page has an entry for each code that can be given, and for no other."""
    assert list(ENTRIES) == sorted(emitted())


@pytest.mark.parametrize("code", [code for code, entry in ENTRIES.items() if "\nBad:\n" in entry])
def test_examples_of_the_page(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bad example of an entry has that code, as an error or as the warning that its title says; the good one has no finding."""
    if code.startswith("SG6"):
        pytest.importorskip("z3", reason="what is proved needs the extra for proofs")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(_BLOCK.findall(PAGE.read_text(encoding="utf-8"))[0], encoding="utf-8")
    bad, good = (found_in(example, code) for example in _BLOCK.findall(ENTRIES[code]))
    severities = {each.severity.value for each in bad if each.code == code}
    assert severities == {"warning" if re.match(r"\s+\*\*(?:Warning|Error or warning):", ENTRIES[code]) else "error"}
    assert good == ()


def found_in(example: str, code: str) -> tuple[Diagnostic, ...]:
    """The findings of an example, together with the file that the page begins with."""
    text = example if example.startswith("scopeguard:") else f"scopeguard: 1\n{example}"
    Path("example.yaml").write_text(text, encoding="utf-8")
    # Invariants take seconds above the shipped pack, and only the last families need them, or tests.
    find = find_problems_of_all if code > "SG600" else find_problems
    return find(["example.yaml"] if "\npack: " in text else ["base.yaml", "example.yaml"])


def test_the_entry_of_a_code_is_shipped() -> None:
    """What the command prints about a code is what the page says, and nothing of the next one."""
    entry = shipped.code_entry("SG203")
    assert entry is not None
    assert entry.startswith("**An unknown surface.**")
    assert entry.count("```yaml") == 2
    assert shipped.code_entry("SG999") is None
    assert shipped.code_entry("SG20") is None


def test_every_code_has_a_case() -> None:
    """Each code is seen in a report or, where it is about files as such or whole packs, in the tests of those."""
    reports = [f"{name}.txt" for name in NAMES] + [f"layers/{name}.txt" for name in LAYERED]
    seen = {code for name in reports for code in _CODE.findall((CASES / name).read_text(encoding="utf-8"))}
    assert emitted() - seen == {
        "SG108",
        "SG111",
        "SG112",
        "SG114",
        "SG117",
        "SG118",
        "SG218",
        "SG601",
        "SG602",
        "SG603",
        "SG605",
        "SG606",
        "SG607",
        "SG608",
        "SG609",
        "SG710",
    }


def test_a_broken_file_hides_no_other() -> None:
    """A file that cannot be read at all leaves the findings of the others as they are, and accuses nobody else."""
    _, found = read_pack([CASES / "base.yaml", CASES / "sg101_syntax.yaml"])
    assert [each.code for each in found] == ["SG101"]
    assert [each.code for each in find_problems([CASES / "sg101_syntax.yaml", CASES / "sg404_sg405_sg407_codes.yaml"])] == [
        "SG101", "SG404", "SG407", "SG407", "SG405",
    ]  # fmt: skip
