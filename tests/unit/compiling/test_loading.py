"""Loading packs: each text is read once, and the work grows with the pack and no faster."""

import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from scopeguard.compiling.loading import load_program
from scopeguard.errors import PolicyError
from scopeguard.syntax import parser


def pack(count: int) -> dict[str, Any]:
    """Types of resources, roles and rules, *count* of each, with scopes, conditions and requirements."""
    conditions = (
        '"role_{0}" in principal.roles',
        "resource.size > {0}",
        "principal.id == 'u{0}' && resource.owner == principal.id",
    )
    attributes = {"owner": "string", "size": "int"}
    allows = [
        {
            "id": f"r.a{n}",
            "effect": "allow",
            "on": [f"res_{n}:write"],
            "requires": f"res_{n}:read",
            "when": conditions[n % 3].format(n),
        }
        for n in range(count)
    ]
    denies = [
        {"id": f"r.d{n}", "effect": "deny", "on": ["*:write"], "code": "refused", "unless": f"principal.id != 'v{n}'"}
        for n in range(count // 10)
    ]
    return {
        "scopeguard": 1,
        "catalog": {
            "surfaces": {f"res_{n}": {"actions": ["read", "write"], "coarse": True, "attributes": attributes} for n in range(count)},
            "permissions": {f"things.use_{n}": {"grants": [f"res_{n}:read"]} for n in range(count)},
        },
        "scopes": {f"bundle_{n}:use": {"includes": [f"res_{n}:read", f"res_{(n + 1) % count}:write"]} for n in range(count)},
        "roles": {f"role_{n}": {"holds": [f"things.use_{n}", f"res_{n}:write"]} for n in range(count)},
        "recovery": {"refused": {"class": "denial"}},
        "rules": [*allows, *denies],
    }  # fmt: skip


def written(folder: Path, count: int) -> Path:
    """A file with such a pack."""
    file = folder / f"pack_{count}.yaml"
    file.write_text(json.dumps(pack(count)), encoding="utf-8")
    return file


def calls(file: Path) -> int:
    """How many calls of Python functions loading takes."""
    count = 0

    def counting(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        load_program(file)
    finally:
        sys.setprofile(before)
    return count


def test_loading_is_linear(tmp_path: Path) -> None:
    """Four times the pack is four times the calls, give or take a tenth."""
    small, large = written(tmp_path, 100), written(tmp_path, 400)
    load_program(small)
    assert 3.6 < calls(large) / calls(small) < 4.4


def test_each_condition_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text is parsed once for a load, however many rules hold it and whatever looks at it."""
    texts: list[str] = []
    parse = parser.parse_condition

    def noting(text: str) -> Any:
        texts.append(text)
        return parse(text)

    for module in ("checking.parsed_pack", "compiling.digest", "compiling.rule_lowering"):
        monkeypatch.setattr(f"scopeguard.{module}.parse_condition", noting)
    content = pack(30) | {"pack": {"base": "none", "because": "of other conditions"}}
    content["rules"] += [rule | {"id": f"{rule['id']}.again", "because": "so"} for rule in content["rules"]]
    (tmp_path / "pack.yaml").write_text(json.dumps(content), encoding="utf-8")
    load_program(tmp_path)
    assert sorted(texts) == sorted(
        {rule[part] for rule in content["rules"] for part in ("when", "unless") if part in rule}
    )


@pytest.mark.parametrize("version", ["true", "1.0", '"1"', "0", "[1]"])
def test_one_version_of_the_language_is_read(version: str, tmp_path: Path) -> None:
    """What Python takes for equal to the number of the version is another one, and the file does not load."""
    surfaces = "catalog: {surfaces: {notes: {actions: [read], coarse: true}}}"
    (tmp_path / "pack.yaml").write_text(f"scopeguard: {version}\n{surfaces}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"SG12[15]"):
        load_program(tmp_path)
