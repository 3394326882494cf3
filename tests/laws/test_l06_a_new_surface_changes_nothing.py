"""Law 6, a_new_surface_changes_nothing: adding an explicit-only surface changes no existing grant."""

from hypothesis import given

from tests.laws.support import added, allowed, answer, guard_of, law
from tests.strategies import Maker, Pack, Request, packs

NEW = {"catalog": {"surfaces": {"brand_new": {
    "actions": ["read", "write", "rotate", "reads"], "explicit_only": True, "group": "product", "because": "it has just been added"}}}}  # fmt: skip


@law()
@given(packs())
def test_a_new_surface_changes_nothing(made: tuple[Maker, Pack]) -> None:
    """Every answer about what was there before is the same, and nobody has got anything on what is new."""
    maker, pack = made
    no_wild = pack.with_rules([rule for rule in pack.rules if rule["effect"] == "deny" or "kinds" not in rule])
    before, after = guard_of(no_wild), guard_of(added(no_wild, NEW))
    for request in maker.requests(20):
        assert answer(before, request) == answer(after, request)
        for action in ("read", "write"):
            assert not allowed(after, Request(request.principal, f"brand_new:{action}", None, request.context))
