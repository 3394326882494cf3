"""The digest of a pack: the same however a pack is written, and another one wherever it means something else."""

from hashlib import sha256
from pathlib import Path

import pytest

from scopeguard import Guard

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
    keys: {actions: [read], coarse: true, because: They open doors señor}
  attributes: {facts: {open: bool, full: bool}}
  stages: [permission, standing]
rules:
  - {id: notes.allowed, effect: allow, on: ["notes:read", "notes:write"], kinds: [member, system], because: It is theirs}
  - {id: notes.closed, effect: deny, on: ["notes:write"], when: "!context.facts.open || context.facts.full", stage: standing, code: closed, because: It is closed}
  - {id: notes.needs, effect: allow, on: ["notes:write"], requires: "all(notes:read, keys:read)", because: It takes both}
recovery:
  closed:
    class: denial
    status: 403
    title: Closed
    remedies:
      - {when: context.facts.full, text: Empty it}
      - {when: "!context.facts.open", text: Open it}
    remedy: {text: Wait}
"""
SECOND = "recovery:\n"
REMEDIES = """\
      - {when: context.facts.full, text: Empty it}
      - {when: "!context.facts.open", text: Open it}
"""

SAME = {
    "order of a list": ('["notes:read", "notes:write"]', '["notes:write", "notes:read"]'),
    "an item twice": ('["notes:read", "notes:write"]', '["notes:read", "notes:write", "notes:read"]'),
    "order of names": (
        "    notes: {actions: [read, write], coarse: true}\n    keys: {actions: [read], coarse: true, because: They open doors señor}\n",
        "    keys: {actions: [read], coarse: true, because: They open doors señor}\n    notes: {actions: [read, write], coarse: true}\n",
    ),
    "order of keys": ("{id: notes.needs, effect: allow", "{effect: allow, id: notes.needs"),
    "layout of a condition": (
        "!context.facts.open || context.facts.full",
        "! context.facts.open||(context.facts.full )",
    ),
    "layout of a requirement": ("all(notes:read, keys:read)", "all( notes:read,keys:read )"),
    "a comment": (SECOND, f"# How to recover.\n{SECOND}"),
    "quotes": ("text: Wait", 'text: "Wait"'),
}
OTHER = {
    "an action": ("actions: [read, write]", "actions: [read, write, delete]"),
    "a flag": ("coarse: true, because", "coarse: false, because"),
    "a reason": ("They open doors señor", "They open windows señor"),
    "order of stages": ("[permission, standing]", "[standing, permission]"),
    "a rule of another kind": ("member, system", "member"),
    "a condition": ("||", "&&"),
    "a condition the other way": ('when: "!context.facts.open |', 'unless: "!context.facts.open |'),
    "a requirement": ("all(notes:read, keys:read)", "any(notes:read, keys:read)"),
    "a status": ("status: 403", "status: 409"),
    "a text": ("text: Wait", "text: Come back"),
    "a remedy": ("Empty it", "Clean it"),
    "order of remedies": (REMEDIES, "".join(sorted(REMEDIES.splitlines(keepends=True)))),
}


def digest(folder: Path, *texts: str) -> str:
    """That of a pack of these files."""
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return Guard.load(folder).digest


def changed(change: tuple[str, str]) -> str:
    """The pack, written otherwise in one place."""
    assert PACK.count(change[0]) == 1
    return PACK.replace(*change)


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_means_the_same_has_one_digest(tmp_path: Path, change: tuple[str, str]) -> None:
    """Order where it means nothing, repetition, layout and comments."""
    other = changed(change)
    if "||(" in other:
        other = other.replace('context.facts.full", stage', 'context.facts.full)", stage')
    assert digest(tmp_path / "a", PACK) == digest(tmp_path / "b", other)


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_what_means_something_else_has_another_digest(tmp_path: Path, change: tuple[str, str]) -> None:
    """Whatever a file says, be it only to people."""
    assert digest(tmp_path / "a", PACK) != digest(tmp_path / "b", changed(change))


def test_files_are_one_pack(tmp_path: Path) -> None:
    """However the sections and the rules of a pack are spread over files, and in whichever order."""
    head, tail = PACK.split(SECOND)
    rules, ends = head.index("rules:"), head.index("  - {id: notes.needs")
    parts = [head[:ends], f"scopeguard: 1\nrules:\n{head[ends:]}", f"scopeguard: 1\n{SECOND}{tail}"]
    whole = digest(tmp_path / "whole", PACK)
    assert digest(tmp_path / "parts", *parts) == whole
    assert digest(tmp_path / "turned", *parts[::-1]) == whole
    assert digest(tmp_path / "fewer", head[:rules] + head[ends:].replace("  - ", "rules:\n  - "), parts[2]) != whole


def test_a_layer_is_not_what_it_lies_on(tmp_path: Path) -> None:
    """What a layer replaces is told apart from what is replaced, and from a pack that says both by itself."""
    layer = tmp_path / "layer.yaml"
    layer.write_text(
        "scopeguard: 1\npack: {name: mine, extends: default}\ncatalog:\n  surfaces:\n    extra: {actions: [read], coarse: true}\n",
        encoding="utf-8",
    )
    other = tmp_path / "other.yaml"
    other.write_text(layer.read_text(encoding="utf-8").replace("extra", "more"), encoding="utf-8")
    found = {Guard.default().digest, Guard.load(layer).digest, Guard.load(other).digest}
    assert len(found) == 3
    assert all(each.startswith("sha256:") and len(each) == 71 for each in found)


FEW = """
scopeguard: 1
pack: {base: none, because: For its digest alone.}
catalog: {surfaces: {notes: {actions: [write, read], coarse: true}}, channels: [server]}
rules:
  - {id: r, effect: deny, on: ["notes:write"], when: "context.channel  ==  'server'", code: closed, because: So}
recovery: {closed: {class: denial, status: 403, title: Closed, remedy: {text: Wait}}}
"""
WRITTEN = (
    r"""{"OWN":{"catalog":{"channels":["\"server\""],"surfaces":{"notes":{"actions":["\"read\"","\"write\""],"""
    r""""coarse":true,"inherits":false,"qualifiable":false}}},"""
    r""""recovery":{"closed":{"class":"denial","remedy":{"text":"Wait"},"status":403,"title":"Closed"}},"""
    r""""rules":["{\"because\": \"So\", \"code\": \"closed\", \"effect\": \"deny\", \"id\": \"r\", """
    r"""\"on\": [\"\\\"notes:write\\\"\"], \"when\": \"context.channel == \\\"server\\\"\"}"],"scopeguard":1}}"""
)


def test_what_a_digest_is_of(tmp_path: Path) -> None:
    """This text, in every release: one that a log or a review has written down stays the digest of its pack."""
    assert digest(tmp_path / "few", FEW) == f"sha256:{sha256(WRITTEN.encode()).hexdigest()}"
