"""The text of a remedy names three holders of what is needed at most, and says how many more there are."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true}
roles:
"""


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "none yet"), (1, "r0"), (2, "r0, r1"), (3, "r0, r1, r2"), (4, "r0, r1, r2 and 1 more"),
        (9, "r0, r1, r2 and 6 more"),
    ],
)  # fmt: skip
def test_three_are_named(tmp_path: Path, count: int, text: str) -> None:
    """By name, the first three; the rest is a number."""
    roles = "".join(f'  r{number}: {{holds: ["notes:read"]}}\n' for number in range(count))
    other = '  other: {holds: ["logs:read"]}\n'
    pack = PACK.replace("roles:\n", "    logs: {actions: [read], coarse: true}\nroles:\n") + roles + other
    (tmp_path / "pack.yaml").write_text(pack, encoding="utf-8")
    decision = Guard.load(tmp_path).check(Principal.member("usr_1", workspace="ws_1", roles=["other"]), "notes:read")
    assert decision.remedy is not None
    assert decision.remedy.text == f"Ask a member who holds notes:read ({text})."


@pytest.mark.parametrize(("rule", "left"), [
    ("roles: [admin]", ("compliance", "owner")), ('when: \'"admin" in principal.roles\'', ("compliance", "owner")),
    ('when: \'"admin" in principal.roles && context.channel == "dashboard"\'', ("admin", "compliance", "owner")),
    ("roles: [admin, owner]", ("compliance",)),
    ('when: holds("members:invite")', ("compliance",)),
])  # fmt: skip
def test_whom_a_rule_denies_is_not_named(tmp_path: Path, rule: str, left: tuple[str, ...]) -> None:
    """Who holds a permission that a rule denies them is nobody to ask; the page says the same."""
    text = (
        f"scopeguard: 1\nrules:\n  - {{id: mine.no, effect: deny, on: ['members:view'], code: not_permitted, {rule}}}\n"
    )
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    guard = Guard.default(tmp_path)
    viewer = Principal.member("usr_1", workspace="ws_1", roles=["viewer"])
    here = Context(channel="dashboard")
    decision = guard.check(viewer, "members:view", context=here)
    assert decision.remedy is not None
    assert f"({', '.join(left)})" in decision.remedy.text
    assert next(tab.roles for tab in guard.settings_tabs(viewer, here) if tab.id == "members") == left
