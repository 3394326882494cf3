"""Comments that set a warning aside: at its line or above it, with a reason, and of no use otherwise."""

from pathlib import Path

import pytest

from scopeguard.compiling.loading import find_problems, load_program

WARNED = "    plain: {actions: [read]}"
HEAD = "scopeguard: 1\ncatalog:\n  surfaces:\n"


def found(tmp_path: Path, text: str) -> list[str]:
    """The findings about a pack, as line, severity, code and message."""
    file = tmp_path / "pack.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return [f"{each.line} {each.severity} {each.code} {each.message}" for each in find_problems(file)]


@pytest.mark.parametrize(
    "text",
    [
        f"{WARNED}  # scopeguard: ignore SG304 because it is plain\n",
        f"    # scopeguard: ignore SG304 because it is plain\n{WARNED}\n",
        f"    #scopeguard:ignore SG304 because it is plain\n    # another word\n\n{WARNED}\n",
        f"{WARNED}  # scopeguard: ignore SG304, SG304 because it is plain\n",
    ],
)
def test_a_warning_is_set_aside(tmp_path: Path, text: str) -> None:
    """On its line, or on the line above, over other comments and empty lines."""
    assert found(tmp_path, text) == []
    assert load_program(tmp_path / "pack.yaml").warnings == ()


def test_without_the_comment_there_is_a_warning(tmp_path: Path) -> None:
    """What the others set aside."""
    assert [each[:16] for each in found(tmp_path, f"{WARNED}\n")] == ["4 warning SG304 "]


@pytest.mark.parametrize(
    "comment",
    [
        "ignore SG304",
        "ignore SG304 because",
        "ignore because it is plain",
        "ignore",
        "ignor SG304 because x",
        "ignore SG3 because x",
        "",
    ],
)
def test_without_a_reason_nothing_is_set_aside(tmp_path: Path, comment: str) -> None:
    """The warning stays, and the comment is a finding too."""
    told = found(tmp_path, f"{WARNED}  # scopeguard: {comment}\n")
    assert [each[:16] for each in told] == ["4 warning SG304 ", "4 warning SG127 "]


def test_what_matches_nothing_is_a_finding(tmp_path: Path) -> None:
    """Another code, another line, or a warning that is there no more."""
    told = found(
        tmp_path,
        f"    # scopeguard: ignore SG416 because of yore\n{WARNED}  # scopeguard: ignore SG304 because it is plain\n",
    )
    assert told == ["4 warning SG128 no warning SG416 here to ignore"]


def test_errors_are_not_set_aside(tmp_path: Path) -> None:
    """A pack with an error does not load, whatever a comment says."""
    text = '    plain: {actions: [read], coarse: true}\nroles:\n  x: {holds: ["nots:read"]}  # scopeguard: ignore SG203 because I say so\n'
    assert [each.split(" ")[1:3] for each in found(tmp_path, text)] == [["error", "SG203"], ["warning", "SG128"]]


@pytest.mark.parametrize(
    "text",
    [
        '    plain: {actions: [read], coarse: true, because: "see # scopeguard: ignore SG304 because x"}\n',
        "    plain:\n      actions: [read]\n      coarse: true\n      because: |\n        # scopeguard: nothing\n",
        "    plain: {actions: [read], coarse: true, because: 'a # scopeguard: ignore'}\n",
    ],
)
def test_what_stands_in_a_text_is_no_comment(tmp_path: Path, text: str) -> None:
    """A number sign within a text begins nothing."""
    assert found(tmp_path, text) == []
