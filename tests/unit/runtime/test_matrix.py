"""The values of a matrix: which conditions are written in their cells, and the forms of all of it."""

from types import MappingProxyType

import pytest

from scopeguard import Context, Principal
from scopeguard.runtime.matrix import Asker, Matrix, MatrixCell

ALLOW, WHEN = MatrixCell("allow"), MatrixCell("conditional", "a == 1")


def made(row: str, *cells: MatrixCell) -> Matrix:
    """One row about as many actions."""
    columns = tuple(f"notes:{action}" for action in ("read", "write")[: len(cells)])
    places = {(row, column): cell for column, cell in zip(columns, cells, strict=True)}
    askers = {row: Asker(Principal.anonymous(), Context())}
    return Matrix((row,), columns, MappingProxyType(places), "sha256:0", MappingProxyType(askers))


@pytest.mark.parametrize(
    ("cell", "is_short"),
    [
        (ALLOW, True),
        (MatrixCell("deny", "a_code_of_more_than_forty_letters_is_still_one"), True),
        (MatrixCell("conditional", 40 * "a"), True),
        (MatrixCell("conditional", 41 * "a"), False),
        (MatrixCell("conditional", "a || b"), False),
        (MatrixCell("conditional", "[1]"), False),
        (MatrixCell("conditional", "a[1]"), True),
        (MatrixCell("conditional"), True),
    ],
)
def test_what_is_read_where_it_is(cell: MatrixCell, is_short: bool) -> None:
    """Short conditions that are no Markdown and are not taken for the numbers of others; and all but conditions."""
    assert cell.is_short is is_short


@pytest.mark.parametrize(
    ("cell", "texts"), [(MatrixCell.when(["a", "b"]), ("a", "b")), (WHEN, ("a == 1",)), (ALLOW, ("",))]
)
def test_the_parts_of_a_cell(cell: MatrixCell, texts: tuple[str, ...]) -> None:
    """Those that it was made of; else all of it."""
    assert cell.texts == texts


def test_matrices_joined() -> None:
    """One alone too; the order is that of the rows, and everything else is theirs."""
    one, two = made("one", ALLOW, WHEN), made("two", WHEN, ALLOW)
    assert Matrix.joined([one], ("one",)) == one
    both = Matrix.joined([one, two], ("two", "one"))
    assert (both.rows, both.columns, both.policy_digest) == (("two", "one"), one.columns, "sha256:0")
    assert (both["one", "notes:write"], both["two", "notes:write"]) == (WHEN, ALLOW)
    assert both.askers == {**one.askers, **two.askers}


def test_how_it_is_written() -> None:
    """In a debugger by its size, and as JSON with an indent of two."""
    matrix = made("one", ALLOW)
    assert repr(matrix) == "Matrix(1 rows, 1 columns, sha256:0)"
    assert (
        matrix.to_json()
        == """{
  "policy_digest": "sha256:0",
  "rows": {
    "one": {
      "notes:read": {
        "state": "allow",
        "note": null
      }
    }
  }
}"""
    )
