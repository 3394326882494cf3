"""V48: beyond 64 or 65,536 of something a mask or a counter wraps around (SpiceDB CVE-2024-27101)."""

from itertools import product
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal


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


HEAD = "scopeguard: 1\ncatalog:\n  surfaces: {notes: {actions: [read], explicit_only: true, because: a test}}\n"


@pytest.mark.parametrize("count", [1, 3, 4, 5, 6])
def test_v48_every_combination_of_allows(tmp_path: Path, count: int) -> None:
    """Of some rules that allow under a condition of their own, those and only those whose condition is true are named."""
    facts = ", ".join(f"f{number}: bool" for number in range(count))
    rules = "".join(f"  - {{id: r{number}, effect: allow, on: ['notes:read'], when: context.facts.f{number}}}\n"
                    for number in range(count))  # fmt: skip
    (tmp_path / "a.yaml").write_text(f"{HEAD}  attributes: {{facts: {{{facts}}}}}\nrules:\n{rules}", encoding="utf-8")
    guard = Guard.load(tmp_path)
    job = Principal.system("j", workspace="w")
    for chosen in product((False, True), repeat=count):
        decision = guard.check(
            job, "notes:read", context=Context(facts={f"f{n}": value for n, value in enumerate(chosen)})
        )
        assert decision.rules == tuple(f"r{number}" for number, value in enumerate(chosen) if value)
        assert decision.allowed is any(chosen)


def test_v48_more_than_64_allows(tmp_path: Path) -> None:
    """Of 130 rules that allow under a condition, each one alone is told from the others, and so are all at once."""
    rules = "".join(f"  - {{id: r{number:03}, effect: allow, on: ['notes:read'], when: 'context.facts.names.exists(n, n == \"n{number}\")'}}\n"
                    for number in range(130))  # fmt: skip
    text = f"{HEAD}  attributes: {{facts: {{names: list(string)}}}}\nrules:\n{rules}"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    guard = Guard.load(tmp_path)
    job = Principal.system("j", workspace="w")

    def named(*numbers: int) -> tuple[str, ...]:
        return guard.check(
            job, "notes:read", context=Context(facts={"names": [f"n{number}" for number in numbers]})
        ).rules

    for number in (0, 1, 31, 32, 62, 63, 64, 65, 127, 128, 129):
        assert named(number) == (f"r{number:03}",)
    assert named(63, 64, 0, 128) == ("r000", "r063", "r064", "r128")
    assert named(*range(130)) == tuple(f"r{number:03}" for number in range(130))
    assert named(130) == ()


def test_v48_more_than_64_stages(tmp_path: Path) -> None:
    """Of 300 stages with a rule each, the earliest that denies is told, and all later ones after it in their order."""
    later = [f"s{number}" for number in range(300)]
    codes = "".join(f"  c{number}: {{class: denial}}\n" for number in range(300))
    rules = "".join(f"  - {{id: r{number}, effect: deny, on: ['notes:read'], stage: s{number}, code: c{number}, when: 'context.facts.names.exists(n, n == \"n{number}\")'}}\n"
                    for number in reversed(range(300)))  # fmt: skip
    (tmp_path / "a.yaml").write_text(
        f"{HEAD}  stages: [permission, {', '.join(later)}]\n  attributes: {{facts: {{names: list(string)}}}}\n"
        f"recovery:\n{codes}rules:\n{rules}  - {{id: open, effect: allow, on: ['notes:read']}}\n",
        encoding="utf-8",
    )
    guard = Guard.load(tmp_path)
    job = Principal.system("j", workspace="w")

    def told(*numbers: int) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
        context = Context(facts={"names": [f"n{number}" for number in numbers]})
        decision = guard.check(job, "notes:read", context=context)
        return decision.code, decision.rules, decision.also

    assert told() == (None, ("open",), ())
    assert told(299) == ("c299", ("r299",), ())
    assert told(299, 256, 255, 64, 63) == ("c63", ("r63",), ("c64", "c255", "c256", "c299"))
    assert told(*range(300)) == ("c0", ("r0",), tuple(f"c{number}" for number in range(1, 300)))
