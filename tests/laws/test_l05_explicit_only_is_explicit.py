"""Law 5, explicit_only_is_explicit: no coarse scope, wildcard, implication or role pattern reaches such a surface."""

from hypothesis import given

from scopeguard import Context, Guard, Principal, Resource
from tests.laws.support import guard_of, law
from tests.strategies import Maker, Pack, packs


@law(60)
@given(packs())
def test_explicit_only_is_explicit(made: tuple[Maker, Pack]) -> None:
    """A key with every scope that does not spell the surface, and a member with every role that does not: denied."""
    _, pack = made
    # A role by condition is held whoever asks.
    guard = guard_of(pack.without_gifts().with_rules([]))
    catalog = guard.catalog
    for surface in catalog.explicit_only:
        others = [scope for scope in catalog.scopes if scope.partition(":")[0] != surface]
        key = Principal.api_key("k", workspace="w", scopes=others)
        silent = [name for name, role in pack.files[0].get("roles", {}).items() if not spells(pack, role, surface)]
        member = Principal.member("m", workspace="w", roles=silent)
        # Nor does a grant on what its resources lie below.
        above = [f"{scope}/x1" for scope in others] + [
            f"{scope}/{each}:x1" for scope in others for each in catalog.surfaces
        ]
        narrowed = Principal.api_key("n", workspace="w", scopes=above)
        about = Resource(surface, "x1", "w", {"owner": "x1", "tags": ["x1"], "size": 1})
        for permission in catalog.surfaces[surface].permissions:
            assert not guard.check(key, permission)
            assert not guard.check(member, permission)
            for who in (key, member, narrowed):
                assert not guard.check(who, permission, about)


def spells(pack: Pack, role: dict[str, list[str]], surface: str) -> bool:
    """Whether a role, or a member permission that it holds or that one of them implies, names the surface."""
    permissions = pack.files[0]["catalog"].get("permissions", {})
    waiting, seen = list(role.get("holds", ())), set()
    while waiting:
        text = waiting.pop()
        if text.startswith(f"{surface}:"):
            return True
        if text in permissions and text not in seen:
            seen.add(text)
            waiting += [*permissions[text]["grants"], *permissions[text].get("implies", [])]
    return False


def test_explicit_only_is_explicit_in_the_shipped_pack() -> None:
    """Each explicit-only surface of the shipped pack, against a key that holds everything else."""
    guard = Guard.default()
    assert "collected_data" in guard.catalog.explicit_only
    for surface in sorted(guard.catalog.explicit_only):
        others = [scope for scope in guard.catalog.scopes if scope.partition(":")[0] != surface]
        key = Principal.api_key("k", workspace="w", scopes=others)
        for permission in guard.catalog.surfaces[surface].permissions:
            decision = guard.check(key, permission, context=Context(channel="server"))
            assert decision.code == "explicit_grant_required", permission
            assert decision.needed == (permission,)
