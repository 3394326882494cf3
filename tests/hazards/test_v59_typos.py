"""V59: a mistyped name is silent: the rule never matches, or is absorbed by an operator, and nobody learns of it."""

from pathlib import Path

import pytest

from scopeguard import Guard, PolicyError
from tests.hazards.packs import PACK

RULE = "  - {id: a, effect: deny, on: ['notes:read'], code: not_permitted, REST}\n"
TYPOS = {
    "surface of a target": (
        PACK + "rules:\n  - {id: a, effect: deny, on: ['agnets:read'], code: not_permitted}\n",
        "SG203",
    ),
    "action of a target": (
        PACK + "rules:\n  - {id: a, effect: deny, on: ['notes:raed'], code: not_permitted}\n",
        "SG204",
    ),
    "operation": (PACK + "rules:\n  - {id: a, effect: deny, on: [notes.publsih], code: not_permitted}\n", "SG207"),
    "code": (PACK + "rules:\n  - {id: a, effect: deny, on: ['notes:read'], code: not_permited}\n", "SG209"),
    "kind": (PACK + "rules:\n" + RULE.replace("REST", "kinds: [api_kye]"), "SG124"),
    "role": (PACK + "rules:\n" + RULE.replace("REST", "roles: [editro]"), "SG206"),
    "channel": (PACK + "rules:\n" + RULE.replace("REST", "channels: [sevrer]"), "SG213"),
    "stage": (PACK + "rules:\n" + RULE.replace("REST", "stage: permision"), "SG208"),
    "requirement": (PACK + "rules:\n" + RULE.replace("REST", "requires: 'ntoes:read'"), "SG203"),
    "key": (PACK + "rules:\n" + RULE.replace("REST", "unles: 'true'"), "SG120"),
    "name": (PACK + "rules:\n" + RULE.replace("REST", "when: \"principal.knid == 'member'\""), "SG211"),
    "name that && would absorb": (
        PACK + "rules:\n" + RULE.replace("REST", "when: \"principal.kind == 'member' && agnets\""),
        "SG211",
    ),
    "name that || would absorb": (
        PACK + "rules:\n" + RULE.replace("REST", "when: \"principal.kind == 'member' || agnets.x\""),
        "SG211",
    ),
    "fact": (PACK + "rules:\n" + RULE.replace("REST", "when: context.facts.redy"), "SG211"),
    "role in a condition": (PACK + "rules:\n" + RULE.replace("REST", "when: \"'editro' in principal.roles\""), "SG206"),
    "kind in a condition": (PACK + "rules:\n" + RULE.replace("REST", "when: \"principal.kind == 'membr'\""), "SG401"),
    "channel in a condition": (
        PACK + "rules:\n" + RULE.replace("REST", "when: \"context.channel == 'sevrer'\""),
        "SG213",
    ),
    "surface in a condition": (
        PACK + "rules:\n" + RULE.replace("REST", "when: \"resource.surface == 'agnets'\""),
        "SG203",
    ),
    "function": (PACK + "rules:\n" + RULE.replace("REST", "when: 'siez(principal.roles) == 1'"), "SG212"),
    "scope": (PACK.replace('["*:read"]', '["*:read", "notse:read"]'), "SG205"),
    "role's permission": (PACK.replace('["notes:*"]', '["notse:*"]'), "SG203"),
    "implied action": (PACK.replace("{write: [read]}", "{write: [raed]}"), "SG204"),
    "kind of holder": (PACK.replace("holdable_by: [member]", "holdable_by: [membr]"), "SG124"),
    "type of an attribute": (PACK.replace("owner: string", "owner: strnig"), "SG124"),
}


@pytest.mark.parametrize(("text", "code"), TYPOS.values(), ids=TYPOS.keys())
def test_v59_typos(tmp_path: Path, text: str, code: str) -> None:
    """Wherever it stands, the pack does not load, and the finding has the line and the code of its kind."""
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    found = caught.value.diagnostics
    assert code in {each.code for each in found}
    assert all(each.line > 1 and each.column > 1 for each in found)
