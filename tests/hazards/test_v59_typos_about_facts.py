"""V59 where facts, usage, invariants and tests are written: a mistyped name there is no silent one either."""

from pathlib import Path
from typing import Final

import pytest

from scopeguard import Guard
from tests.hazards.test_v59_typos import MARK, findings

PACK: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, embeds: {read: [secrets]}, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
    keys: {actions: [create], holdable_by: [member]}
  operations:
    notes.add: {needs: "notes:write", meter: sheets, instead: {preview: trials}}
    notes.try: {needs: "notes:write", fair_use: trials}
    notes.ask: {needs: "notes:read"}
  attributes:
    principal: {level: int}
    facts: {ready: bool}
  channels: [server, browser]
  environments: [production, preview]
  providers: [model]
  facts_max_age: 5m
meters:
  sheets: {kind: consumption, title: Sheets}
  trials: {kind: fair_use, title: Trials}
roles:
  editor: {holds: ["notes:*"]}
recovery:
  wait_for_it: {class: denial, status: 403, remedy: {text: "{meter} is full."}, remedies: [{when: context.facts.ready, text: Now., action: open}]}
  look_around: {class: advice, status: 200, remedy: {text: Look.}}
gates:
  - {id: g.limit, on: [notes.add], mode: advise, entitlement: sheets, when: context.facts.ready}
  - {id: g.fair, on: [notes.try], fair_use: trials, unless: "!context.facts.ready"}
  - {id: g.model, on: [notes.ask], provider: [model]}
  - {id: g.pay, on: [notes.ask], payment: required}
rules:
  - {id: r.wait, effect: deny, on: ["notes:write"], when: context.facts.ready, code: wait_for_it}
  - {id: r.look, effect: advise, on: ["notes:read"], kinds: [member], code: look_around}
usage:
  - {id: u.typed, environments: [production], channels: [server], modality: text, sender: user, meter: sheets}
  - {id: u.other, environments: [preview], other_channels: [browser], meter: trials}
invariants:
  - {id: i.keys, never: {principal: {kinds: [api_key], scopes: ["notes:read"]}, action: ["secrets:read"], channels: [server], when: has(principal.level)}}
  - {id: i.apart, never: {environments: [preview], meters: [sheets]}}
  - {id: i.edits, always: {principal: {roles: [editor]}, action: ["notes:read"], channels: [server], when: operation == ""}}
tests:
  now: "2026-01-31T12:00:00Z"
  principals:
    reader: {kind: api_key, scopes: "notes:read", attributes: {level: 1}}
    writer: {kind: member, roles: [editor]}
  resources:
    a_note: {surface: notes, id: n_1, attributes: {owner: me}}
  facts:
    usual: {ready: false, as_of: "2026-01-31T12:00:00Z", payment: {status: ok}, providers: {model: ready}, fair_use: {trials: {limit: 1, used: 0}}, entitlements: {sheets: {limit: 1, used: 0, reserved: 0}}}
  contexts:
    server: {channel: server, environment: production, facts: usual}
    shut: {channel: browser}
  matrices:
    - id: all
      principals: [reader, writer]
      only: ["notes:read", notes.ask, "secrets:*"]
      context: server
      contexts: {writer: shut}
      resources: [a_note]
      table:
        notes:read: {reader: allow, writer: allow}
        notes.ask: {reader: allow, writer: facts_unavailable}
        secrets:read: {reader: explicit_grant_required}
      expect:
        notes:read: {reader: {redact: [secrets]}, writer: {advice: [look_around], obligations: []}}
        secrets:read: {reader: {code: explicit_grant_required, needed: ["secrets:read"], also: []}}
"""

PLACES: Final = {
    "embedded surface": ("SG203", "embeds: {read: [secrets]}", "embeds: {read: [^secerts]}"),
    "embedding action": ("SG204", "embeds: {read: [secrets]}", "embeds: {^raed: [secrets]}"),
    "meter of an operation": ("SG215", "meter: sheets, instead", "meter: ^shets, instead"),
    "bucket of an operation": ("SG215", "fair_use: trials}\n    notes.ask", "fair_use: ^trails}\n    notes.ask"),
    "environment of a bucket": ("SG214", "instead: {preview: trials}", "instead: {^preveiw: trials}"),
    "bucket instead": ("SG215", "instead: {preview: trials}", "instead: {preview: ^trails}"),
    "age of facts": ("SG413", "facts_max_age: 5m", "facts_max_age: ^5mn"),
    "kind of a meter": ("SG124", "sheets: {kind: consumption", "sheets: {kind: ^consumtion"),
    "key of a meter": ("SG120", "title: Sheets", "^titel: Sheets"),
    "placeholder": ("SG415", '"{meter} is full."', '"^{metre} is full."'),
    "key of remedies": ("SG120", "text: Now., action: open", "text: Now., ^acton: open"),
    "fact of remedies": ("SG211", "remedies: [{when: context.facts.ready", "remedies: [{when: context.facts.^redy"),
    "code of an advise": ("SG209", "code: look_around", "code: ^look_aruond"),
    "effect of an advise": ("SG124", "effect: advise", "effect: ^advice"),
    "operation of a gate": ("SG207", "on: [notes.add], mode", "on: [^notes.ad], mode"),
    "mode of a gate": ("SG124", "mode: advise", "mode: ^advice"),
    "meter of a gate": ("SG215", "entitlement: sheets", "entitlement: ^shets"),
    "bucket of a gate": ("SG215", "fair_use: trials, unless", "fair_use: ^trails, unless"),
    "kind of credentials": ("SG216", "provider: [model]", "provider: [^modle]"),
    "requirement of payment": ("SG124", "payment: required", "payment: ^requierd"),
    "key of a gate": ("SG120", "entitlement: sheets", "^entitlment: sheets"),
    "fact of a gate": ("SG211", "entitlement: sheets, when: context.facts.ready", "entitlement: sheets, when: context.facts.^redy"),
    "fact of its exception": ("SG211", 'unless: "!context.facts.ready"', 'unless: "!context.facts.^redy"'),
    "environment of a row": ("SG214", "environments: [production], channels", "environments: [^prodution], channels"),
    "channel of a row": ("SG213", "channels: [server], modality", "channels: [^sevrer], modality"),
    "other channel of a row": ("SG213", "other_channels: [browser]", "other_channels: [^browesr]"),
    "modality": ("SG124", "modality: text", "modality: ^txet"),
    "sender": ("SG124", "sender: user", "sender: ^usre"),
    "meter of a row": ("SG215", "sender: user, meter: sheets", "sender: user, meter: ^shets"),
    "key of a row": ("SG120", "modality: text", "^modalty: text"),
    "kind of an invariant": ("SG124", "kinds: [api_key], scopes", "kinds: [^api_kye], scopes"),
    "scope of an invariant": ("SG205", 'scopes: ["notes:read"]}, action', 'scopes: [^"notse:read"]}, action'),
    "role of an invariant": ("SG206", "{roles: [editor]}, action", "{roles: [^editro]}, action"),
    "surface of an invariant": ("SG203", 'action: ["secrets:read"]', 'action: ["^secerts:read"]'),
    "action of an invariant": ("SG204", 'action: ["secrets:read"]', 'action: ["secrets:^raed"]'),
    "channel of an invariant": ("SG213", "channels: [server], when: has", "channels: [^sevrer], when: has"),
    "environment of an invariant": ("SG214", "{environments: [preview]", "{environments: [^preveiw]"),
    "meter of an invariant": ("SG215", "meters: [sheets]", "meters: [^shets]"),
    "attribute of an invariant": ("SG211", "has(principal.level)", "has(principal.^levle)"),
    "key of a claim": ("SG120", "never: {environments", "^nevr: {environments"),
    "key of tests": ("SG120", "  matrices:", "  ^matrixes:"),
    "kind of a tested principal": ("SG124", "reader: {kind: api_key", "reader: {kind: ^api_kye"),
    "scope of a tested principal": ("SG205", 'scopes: "notes:read", attributes', 'scopes: "^notse:read", attributes'),
    "role of a tested principal": ("SG206", "roles: [editor]}\n  resources", "roles: [^editro]}\n  resources"),
    "attribute of a tested principal": ("SG705", "attributes: {level: 1}", "attributes: {^levle: 1}"),
    "surface of a tested resource": ("SG203", "a_note: {surface: notes", "a_note: {surface: ^notse"),
    "attribute of a tested resource": ("SG705", "attributes: {owner: me}", "attributes: {^ownr: me}"),
    "tested fact": ("SG705", "usual: {ready: false", "usual: {^redy: false"),
    "field of a tested fact": ("SG705", "payment: {status: ok}", "payment: {^staus: ok}"),
    "kind of tested credentials": ("SG705", "providers: {model: ready}", "providers: {^modle: ready}"),
    "tested meter": ("SG705", "entitlements: {sheets:", "entitlements: {^shets:"),
    "tested bucket": ("SG705", "fair_use: {trials:", "fair_use: {^trails:"),
    "channel of a tested context": ("SG213", "server: {channel: server", "server: {channel: ^sevrer"),
    "environment of a tested context": ("SG214", "environment: production, facts", "environment: ^prodution, facts"),
    "facts of a tested context": ("SG701", "facts: usual}", "facts: ^usaul}"),
    "principal of a matrix": ("SG701", "principals: [reader, writer]", "principals: [^raeder, writer]"),
    "action of a matrix": ("SG204", '"notes:read", notes.ask', '"notes:^raed", notes.ask'),
    "operation of a matrix": ("SG207", '"notes:read", notes.ask', '"notes:read", ^notes.aks'),
    "context of a matrix": ("SG701", "context: server\n", "context: ^sevrer\n"),
    "column's context": ("SG701", "contexts: {writer: shut}", "contexts: {writer: ^shtu}"),
    "column of a context": ("SG702", "contexts: {writer: shut}", "contexts: {^wrtier: shut}"),
    "resource of a matrix": ("SG701", "resources: [a_note]", "resources: [^a_noet]"),
    "surface of a row of a table": ("SG203", "        secrets:read: {reader: explicit", "        ^secerts:read: {reader: explicit"),
    "operation of a row of a table": ("SG207", "        notes.ask: {reader", "        ^notes.aks: {reader"),
    "column of a table": ("SG702", "notes:read: {reader: allow", "notes:read: {^raeder: allow"),
    "code of a cell": ("SG209", "{reader: explicit_grant_required}\n", "{reader: ^explicit_grant_requierd}\n"),
    "allow of a cell": ("SG209", "notes.ask: {reader: allow", "notes.ask: {reader: ^alow"),
    "row of what is expected": ("SG203", "        secrets:read: {reader: {code", "        ^secerts:read: {reader: {code"),
    "column of what is expected": ("SG702", "secrets:read: {reader: {code", "secrets:read: {^raeder: {code"),
    "key of what is expected": ("SG120", "redact: [secrets]", "^redcat: [secrets]"),
    "expected redaction": ("SG203", "redact: [secrets]", "redact: [^secerts]"),
    "expected code": ("SG209", "{code: explicit_grant_required", "{code: ^explicit_grant_requierd"),
    "expected advice": ("SG209", "advice: [look_around]", "advice: [^look_aruond]"),
}  # fmt: skip
"""A part of the pack and the same with a typo, and the code that the typo must be told with."""


@pytest.mark.parametrize(("code", "right", "wrong"), PLACES.values(), ids=PLACES.keys())
def test_v59_typos_about_facts(tmp_path: Path, code: str, right: str, wrong: str) -> None:
    """Wherever it stands, the pack does not load, and a finding of its kind points at its first character."""
    assert PACK.count(right) == 1, "the part is not the only one"
    before, mark, after = PACK.replace(right, wrong).partition(MARK)
    assert mark
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert (code, line, column) in findings(tmp_path, before + after)


def test_v59_without_a_typo_that_pack_loads(tmp_path: Path) -> None:
    """The pack that the typos are put into is a good one, and so are its tests and invariants."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    guard = Guard.load(tmp_path, verify=True)
    assert guard.warnings == ()
