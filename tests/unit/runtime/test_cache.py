"""What is kept: bounded in total, first in, first out."""

from scopeguard.runtime.cache import Bounded


def test_the_oldest_goes_first() -> None:
    """From whichever table it is looked up in, and as many as it takes to make room."""
    one: dict[str, str] = {}
    other: dict[str, str] = {}
    kept = Bounded(4, one.clear)
    for table, key, weight in ((one, "a", 1), (other, "b", 1), (one, "c", 2)):
        kept.keep(table, key, key.upper(), weight)
    assert (one, other, len(kept)) == ({"a": "A", "c": "C"}, {"b": "B"}, 3)
    kept.keep(other, "d", "D")
    assert (one, other, len(kept)) == ({"c": "C"}, {"b": "B", "d": "D"}, 3)
    kept.keep(one, "e", "E", 2)
    assert (one, other, len(kept)) == ({"e": "E"}, {"d": "D"}, 2)


def test_what_weighs_more_than_all_together_is_not_kept() -> None:
    """Nothing goes to make room for it either."""
    table: dict[str, str] = {}
    kept = Bounded(2, table.clear)
    kept.keep(table, "a", "A", 2)
    kept.keep(table, "b", "B", 3)
    assert (table, len(kept)) == ({"a": "A"}, 1)


def test_what_its_table_has_forgotten_goes_all_the_same() -> None:
    """A table may be emptied by itself."""
    table: dict[str, str] = {}
    kept = Bounded(1, table.clear)
    kept.keep(table, "a", "A")
    table.clear()
    kept.keep(table, "b", "B")
    assert (table, len(kept)) == ({"b": "B"}, 1)
