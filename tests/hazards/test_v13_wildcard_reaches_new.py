"""V13: a wildcard reaches a sensitive resource that was added later (OpenFGA CVE-2022-39341)."""

from pathlib import Path

from scopeguard import Principal
from tests.hazards.packs import PACK, key, load


def test_v13_wildcard_reaches_new(tmp_path: Path) -> None:
    """A new explicit-only surface changes no grant of anybody; a new coarse one is reached, as it says it wants to be."""
    rules = '{id: all, effect: allow, on: ["*:*"], kinds: [system]}'
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    before = load(tmp_path / "before", rules)
    new = PACK.replace("  attributes:\n    principal", "    salaries: {actions: [read], explicit_only: true, because: new}\n"
                       "    menus: {actions: [read], coarse: true}\n  attributes:\n    principal", 1)  # fmt: skip
    after = load(tmp_path / "after", rules, new)
    everybody = [key("workspace:read"), key("notes:write"), Principal.system("job", workspace="ws_1"),
                 Principal.member("m", workspace="ws_1", roles=["editor"])]  # fmt: skip
    gained = [after.permissions(who) - before.permissions(who) for who in everybody]
    assert gained == [{"menus:read"}, set(), {"menus:read"}, set()]
    assert all(before.permissions(who) <= after.permissions(who) for who in everybody)
