"""V41, V42: letters of other scripts, invisible marks and another case pass for a name (PyPI audit, OpenFGA CVE-2026-55170)."""

from pathlib import Path

import pytest

from scopeguard import Context, Grant, Guard, PolicyError, Principal, RequestError, Resource
from tests.hazards.packs import key, load

LOOK_ALIKES = {
    "Kelvin sign": "\u212aeys", "long s": "agent\u017f", "Cyrillic e": "ag\u0435nts", "fullwidth": "\uff41gents",
    "zero width space": "agents\u200b", "soft hyphen": "agen\u00adts", "right to left override": "\u202eagents",
    "combining": "age\u0301nts", "ligature": "o\ufb03ce", "Greek omicron": "n\u03bftes", "Arabic digit": "notes_\u0661",
    "upper case": "Notes", "title case": "\u01c5notes", "no-break space": "notes\u00a0", "byte order mark": "\ufeffnotes",
}  # fmt: skip


@pytest.mark.parametrize("name", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_v41_look_alike_letters(tmp_path: Path, name: str) -> None:
    """No name of a scope, surface, role, channel or attribute holds anything but lower-case ASCII."""
    for make in (
        lambda: Grant.parse(f"{name}:read"),
        lambda: Grant.parse(f"notes:{name}"),
        lambda: Principal.api_key("k", workspace="w", scopes=[f"{name}:read"]),
        lambda: Principal.member("m", workspace="w", roles=[name]),
        lambda: Resource(name),
        lambda: Context(channel=name),
        lambda: Principal.system("s", attributes={name: 1}),
    ):
        with pytest.raises(RequestError):
            make()
    pack = f"scopeguard: 1\ncatalog: {{surfaces: {{{name}: {{actions: [read], coarse: true}}}}}}\n"
    (tmp_path / "pack.yaml").write_text(pack, encoding="utf-8")
    with pytest.raises(PolicyError):
        Guard.load(tmp_path)


def test_v42_another_case_is_another_name(tmp_path: Path) -> None:
    """Ids keep their case: one that differs in case alone is another resource, another workspace, another person."""
    guard = load(
        tmp_path,
        '{id: own, effect: deny, on: ["*:*"], unless: principal.workspace == resource.workspace, code: workspace_mismatch}',
    )
    assert guard.check(key("notes:read/n1"), "notes:read", Resource("notes", "n1", "ws_1")).allowed
    assert not guard.check(key("notes:read/n1"), "notes:read", Resource("notes", "N1", "ws_1"))
    assert guard.check(key("notes:read/N1"), "notes:read", Resource("notes", "N1", "ws_1")).allowed
    assert not guard.check(key("notes:read"), "notes:read", Resource("notes", "n1", "WS_1"))
    assert guard.check(key("notes:read"), "Notes:read").code == "unmapped_action"


def test_v42_files_differ_by_their_whole_name(tmp_path: Path) -> None:
    """A policy file ends in .yaml, in that very case; one that nearly does is refused rather than left out."""
    load(tmp_path)
    (tmp_path / "more.YAML").write_text("scopeguard: 1\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="SG111 not a policy file; write its ending in lower case"):
        Guard.load(tmp_path)
