"""V48: beyond 64 or 65,536 of something a mask or a counter wraps around (SpiceDB CVE-2024-27101)."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal


@pytest.mark.slow
def test_v48_many_rules(tmp_path: Path) -> None:
    """Among 65,600 rules the last one still denies, and it alone."""
    lines = [f"  - {{id: r{number}, effect: deny, on: [\"s{number % 300}:read\"], kinds: [system], when: 'principal.id == \"{number // 300}\"', code: not_permitted}}"
             for number in range(65_600)]  # fmt: skip
    surfaces = "".join(f"    s{number}: {{actions: [read], coarse: true}}\n" for number in range(300))
    head = f"scopeguard: 1\ncatalog:\n  surfaces:\n{surfaces}scopes: {{all:read: {{includes: ['*:read']}}}}\n"
    (tmp_path / "a.yaml").write_text(head, encoding="utf-8")
    for number in range(0, len(lines), 5_000):
        (tmp_path / f"r{number}.yaml").write_text(
            "scopeguard: 1\nrules:\n" + "\n".join(lines[number : number + 5_000]), "utf-8"
        )
    guard = Guard.load(tmp_path)
    assert guard.check(Principal.system("218", workspace="w"), f"s{65_599 % 300}:read").rules == ("r65599",)
    assert guard.check(Principal.system("219", workspace="w"), f"s{65_599 % 300}:read").rules == ()
    assert guard.check(Principal.api_key("k", workspace="w", scopes="all:read"), "s299:read").allowed


def test_v48_many_scopes_and_ids(tmp_path: Path) -> None:
    """A key with 66,000 narrowed scopes reaches its last resource and no other one."""
    (tmp_path / "a.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {notes: {actions: [read], coarse: true, qualifiable: true}}}\n",
        encoding="utf-8",
    )
    guard = Guard.load(tmp_path)
    key = Principal.api_key("k", workspace="w", scopes=(f"notes:read/n{number}" for number in range(66_000)))
    grants = guard.grants(key.scopes)
    assert grants.covers("notes:read/n65999")
    assert not grants.covers("notes:read/n66000")
    assert len(grants) == 66_000


def test_v48_many_surfaces(tmp_path: Path) -> None:
    """Of 200 surfaces with 32 actions each, a role with every other action holds those and no others."""
    actions = [f"a{number}" for number in range(32)]
    surfaces = "".join(f"    s{number}: {{actions: [{', '.join(actions)}], coarse: true}}\n" for number in range(200))
    holds = ", ".join(f'"s{number}:{{{",".join(actions[::2])}}}"' for number in range(200))
    (tmp_path / "a.yaml").write_text(
        f"scopeguard: 1\ncatalog:\n  surfaces:\n{surfaces}roles: {{half: {{holds: [{holds}]}}}}\n", "utf-8"
    )
    guard = Guard.load(tmp_path)
    listed = guard.permissions(Principal.member("m", workspace="w", roles=["half"]))
    assert sorted(listed) == sorted(f"s{number}:{action}" for number in range(200) for action in actions[::2])
