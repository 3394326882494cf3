"""On which resources a role may be held alone: those whose ids a scope names, and those that have others below them."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    shelves: {actions: [read], coarse: true}
    books: {actions: [read], coarse: true, parent: {surface: shelves, attribute: shelf}, attributes: {shelf: string}}
    lamps: {actions: [read], coarse: true}
roles:
  reader: {holds: ["books:read"]}
"""


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A pack in which no scope is narrowed to a shelf, and books stand on one."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


@pytest.mark.parametrize(("on", "may"), [("shelves:s_1", True), ("shelves:s_2", False), ("lamps:s_1", False)])
def test_a_role_is_held_on_what_has_something_below_it_though_no_scope_names_its_ids(
    guard: Guard, on: str, may: bool
) -> None:
    """A book is reached by a role on its shelf, and by none on what it does not stand on."""
    reader = Principal.member("usr_1", workspace="ws_1", roles=[f"reader/{on}"])
    book = Resource("books", "b_1", "ws_1", {"shelf": "s_1"})
    assert guard.check(reader, "books:read", book).allowed is may
