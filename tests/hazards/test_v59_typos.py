"""V59: a mistyped name is silent: the rule never matches, or is absorbed by an operator, and nobody learns of it."""

from pathlib import Path
from typing import Final

import pytest

from scopeguard import Guard, PolicyError

MARK: Final = "^"
"""Stands in a text before the character where the finding must be; it is taken out before the text is read."""

PACK: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
    keys: {actions: [create], holdable_by: [member]}
  operations:
    notes.publish: {needs: "notes:write"}
  permissions:
    product.view: {grants: ["notes:read"]}
    product.manage: {grants: ["notes:write"], implies: [product.view]}
  attributes:
    principal: {level: int}
    facts: {ready: bool}
    context: {ip: string}
  channels: [server, browser]
  environments: [production, test]
scopes:
  workspace:read: {includes: ["*:read"]}
  workspace:write: {includes: ["workspace:read", "*:write"]}
roles:
  editor: {holds: [product.manage, "secrets:read"]}
recovery:
  pay_up: {class: recovery, remedy: {text: "Pay up.", action: open}}
settings:
  settings:
    - {id: general, title: General, view: product.view, manage: product.manage}
rules:
  - {id: plain, effect: deny, on: ["notes:write"], channels: [browser], environments: [test], code: pay_up}
"""

RULES: Final = {
    "surface of a target": ("SG203", "on: ['^agnets:read']"),
    "action of a target": ("SG204", "on: ['notes:^raed']"),
    "action in braces": ("SG204", "on: ['notes:{read,^wrtie}']"),
    "operation of a target": ("SG207", "on: [^notes.publsih]"),
    "operation's surface": ("SG207", "on: [^note.publish]"),
    "kind": ("SG124", "on: ['notes:read'], kinds: [^api_kye]"),
    "role": ("SG206", "on: ['notes:read'], roles: [^editro]"),
    "channel": ("SG213", "on: ['notes:read'], channels: [server, ^sevrer]"),
    "environment": ("SG214", "on: ['notes:read'], environments: [^prodution]"),
    "stage": ("SG208", "on: ['notes:read'], stage: ^permision"),
    "surface of a requirement": ("SG203", "on: ['notes:read'], requires: 'all(secrets:read, ^ntoes:read)'"),
    "action of a requirement": ("SG204", "on: ['notes:read'], requires: 'any(secrets:^raed, notes:read)'"),
    "key": ("SG120", "on: ['notes:read'], ^unles: 'true'"),
    "field of the principal": ("SG211", "on: ['notes:read'], when: principal.^knid == 'member'"),
    "attribute of the principal": ("SG211", "on: ['notes:read'], when: principal.^levle == 1"),
    "attribute of the resource": ("SG211", "on: ['notes:read'], when: resource.^ownr == 'me'"),
    "attribute of the context": ("SG211", "on: ['notes:read'], when: context.^pi == '::1'"),
    "fact": ("SG211", "on: ['notes:read'], when: context.facts.^redy"),
    "fact that is asked for": ("SG211", "on: ['notes:read'], when: has(context.facts.^redy)"),
    "root": ("SG211", "on: ['notes:read'], when: ^resourse.id == 'n'"),
    "name that && would absorb": ("SG211", "on: ['notes:read'], when: principal.kind == 'member' && ^agnets"),
    "name that || would absorb": ("SG211", "on: ['notes:read'], when: principal.kind == 'member' || ^agnets == 1"),
    "name in an exception": ("SG211", "on: ['notes:read'], unless: ^principle.kind == 'member'"),
    "name inside a macro": ("SG211", "on: ['notes:read'], when: 'principal.roles.all(r, ^q == \"editor\")'"),
    "name in quotes": ("SG211", "on: ['notes:read'], when: \"principal.^knid == 'member'\""),
    "function": ("SG212", "on: ['notes:read'], when: ^siez(principal.roles) == 1"),
    "method": ("SG212", "on: ['notes:read'], when: principal.kind.^startWith('m')"),
    "role in a condition": ("SG206", "on: ['notes:read'], when: \"^'editro' in principal.roles\""),
    "scope in a condition": ("SG205", "on: ['notes:read'], when: \"^'notse:read' in principal.scopes\""),
    "kind in a condition": ("SG211", "on: ['notes:read'], when: principal.kind == ^'membr'"),
    "channel in a condition": ("SG213", "on: ['notes:read'], when: context.channel == ^'sevrer'"),
    "environment in a condition": ("SG214", "on: ['notes:read'], when: context.environment == ^'prodution'"),
    "surface in a condition": ("SG203", "on: ['notes:read'], when: resource.surface == ^'agnets'"),
    "operation in a condition": ("SG207", "on: ['notes:read'], when: operation == ^'notes.publsih'"),
    "permission in a condition": ("SG204", "on: ['notes:read'], when: permission == ^'notes:raed'"),
}
"""The rest of a deny rule, with a typo in it, and the code that the typo must be told with."""

PLACES: Final = {
    "code": ("SG209", "environments: [test], code: pay_up", "environments: [test], code: ^pay_upp"),
    "effect": ("SG124", "effect: deny", "effect: ^dney"),
    "section": ("SG120", "\nroles:", "\n^rolse:"),
    "key of a surface": ("SG120", "explicit_only: true", "^explict_only: true"),
    "implied action": ("SG204", "{write: [read]}", "{write: [^raed]}"),
    "implying action": ("SG204", "{write: [read]}", "{^wriet: [read]}"),
    "kind of holder": ("SG124", "holdable_by: [member]", "holdable_by: [^membr]"),
    "type of an attribute": ("SG124", "owner: string", "owner: ^strnig"),
    "what an operation needs": ("SG203", 'needs: "notes:write"', 'needs: "^notse:write"'),
    "action an operation needs": ("SG204", 'needs: "notes:write"', 'needs: "notes:^wriet"'),
    "what a member permission grants": ("SG203", 'grants: ["notes:read"]', 'grants: ["^notse:read"]'),
    "implied member permission": ("SG210", "implies: [product.view]", "implies: [^product.veiw]"),
    "page's permission to view": ("SG210", "view: product.view", "view: ^product.veiw"),
    "page's permission to manage": ("SG210", "manage: product.manage", "manage: ^product.mange"),
    "key of a page": ("SG120", "title: General", "^titel: General"),
    "class of a code": ("SG124", "class: recovery", "class: ^recvoery"),
    "key of a remedy": ("SG120", "action: open", "^acton: open"),
    "included permission": ("SG205", '"workspace:read", "*:write"', '^"notse:read", "*:write"'),
    "included scope": ("SG205", '"workspace:read", "*:write"', '^"workspace:raed", "*:write"'),
    "role's member permission": ("SG210", "holds: [product.manage,", "holds: [^product.mange,"),
    "role's permission": ("SG203", '"secrets:read"]}', '"^secerts:read"]}'),
}
"""A part of the pack and the same with a typo, and the code that the typo must be told with."""

TEXTS: Final = {
    **{name: (code, f"{PACK}  - {{id: a, effect: deny, code: not_permitted, {rest}}}\n") for name, (code, rest) in RULES.items()},
    **{name: (code, PACK.replace(right, wrong)) for name, (code, right, wrong) in PLACES.items()},
}  # fmt: skip


def findings(folder: Path, text: str) -> list[tuple[str, int, int]]:
    """What is said about a pack of one file, as code, line and column."""
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(folder)
    return [(each.code, each.line, each.column) for each in caught.value.diagnostics]


@pytest.mark.parametrize(("code", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_v59_typos(tmp_path: Path, code: str, text: str) -> None:
    """Wherever it stands, the pack does not load, and a finding of its kind points at its first character."""
    before, mark, after = text.partition(MARK)
    assert mark
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    assert (code, line, column) in findings(tmp_path, before + after)


def test_v59_without_a_typo_it_loads(tmp_path: Path) -> None:
    """The pack that the typos are put into is a good one: it is they that are refused."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    assert Guard.load(tmp_path).warnings == ()
