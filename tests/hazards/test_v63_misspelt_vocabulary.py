"""V63: a literal that nobody checks: a role is renamed, and what compares with its old name is silently false."""

import json
from pathlib import Path
from typing import Final

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.cli.declared import refuse_undeclared
from scopeguard.compiling.loading import find_problems, load_program
from scopeguard.compiling.pack_file import unpack
from scopeguard.compiling.pack_writing import pack

PACK: Final = """
scopeguard: 1
catalog:
  surfaces:
    agents:
      actions: [read, write]
      coarse: true
      qualifiable: true
      group: office
      attributes: {owner: string, tags: list(string), staff: list(role), lead: role, door: channel}
    members: {actions: [remove], explicit_only: true, because: they are people, attributes: {owner: string, staff: list(string)}}
  operations:
    agents.create: {needs: "agents:write"}
  attributes:
    principal: {team: string}
    facts: {stage: environment, wanted: list(scope), kinds: list(kind), about: surface, may: permission, verbs: list(action), doing: operation}
  channels: [server, browser]
  environments: [production, test]
  providers: [model]
meters: {seats: {kind: allocation}}
scopes:
  team:read: {includes: ["agents:read"]}
  agents:all: {includes: ["agents:read", "agents:write"]}
roles:
  owner: {holds: ["agents:*"]}
  admin: {holds: ["agents:*"]}
  mine: {when: resource.owner == principal.id, holds: ["agents:write"]}
variables:
  boss: '"ownr"'
  boss2: '"owner"'
  first: principal.roles[0]
  desk: groups.office
"""
MISSPELT: Final = r"""
SG206 "ownr" in principal.roles
SG206 principal.roles.exists(r, r == "ownr")
SG206 (principal.roles + ["ownr"]).size() > 1
SG206 principal.roles == ["owner"] + ["ownr"]
SG206 "own" + "r" in principal.roles
SG206 cel.bind(x, "ownr", x in principal.roles)
SG206 principal.roles.join(",") == "owner,admim"
SG206 principal.roles.join(",").contains("ownr/")
SG211 [principal.kind, context.channel].join("/").split("/")[0] == "membr" || [principal.kind, principal.id].join(":") == "membr:me"
SG211 bytes(principal.kind) == b"membr"
SG206 cel.bind(x, principal.roles, "ownr" in x)
SG206 cel.bind(x, ["ownr"], x.exists(y, y in principal.roles))
SG213 principal.?team.orValue("a") == "b" || context.?channel.orValue("sevrer") == "server"
SG213 context.?channel.orValue("") == "sevrer"
SG206 (principal.kind == "member" ? "ownr" : "owner") in principal.roles
SG206 {"ownr": 1}[principal.roles[0]] == 1
SG206 principal.roles[0] in {"ownr": 1}
SG206 {"a": "ownr"}["a"] in principal.roles
SG206 {"a": "ownr"}.a in principal.roles
SG206 {"a": "ownr"}[?"a"].orValue("owner") in principal.roles
SG206 principal.roles.exists(r, r.startsWith("ownr"))
SG206 principal.roles.exists(r, r.endsWith("nr/agents:a1"))
SG206 principal.roles.exists(r, r.endsWith("/agnets:a1"))
SG206 principal.roles.exists(r, r.contains("ownr/"))
SG206 principal.roles.exists(r, r.matches("/agnets:.*"))
SG206 principal.roles.exists(r, r.matches("^ownr"))
SG206 principal.roles[0] == "ownr"
SG206 size(principal.roles.filter(r, r == "ownr")) > 0
SG206 principal.roles.map(r, r == "ownr").exists(b, b)
SG206 principal.roles.map(r, r + "x").exists(b, b == "ownrx")
SG206 principal.roles.map(r, "role:" + r).exists(b, b == "role:ownr")
SG206 principal.roles.map(r, r.upperAscii()).exists(b, b == "OWNR")
SG206 principal.roles.all(r, r in ["owner", "ownr"])
SG206 principal.roles.all(r, !(r in ["owner", "ownr"]))
SG206 ["owner"].all(r, r + "r" in principal.roles)
SG206 resource.staff.exists(r, r == "ownr")
SG206 resource.lead == "ownr"
SG206 "ownr" == resource.lead
SG206 resource.?lead.orValue("ownr") == "owner"
SG206 resource.?staff.orValue(["ownr"]).size() > 0
SG213 resource.door == "sevrer"
SG206 principal.roles.exists_one(r, r != "ownr")
SG206 principal.roles.transformList(i, r, r == "ownr") == [true]
SG206 principal.roles.exists(i, r, r == "ownr")
SG206 principal.roles.first().value() == "ownr"
SG206 principal.roles.first().optMap(r, r == "ownr").orValue(false)
SG206 optional.of("ownr").value() in principal.roles
SG206 dyn("ownr") in principal.roles
SG206 string("ownr") in principal.roles
SG213 [principal.kind, context.channel] == ["member", "sevrer"]
SG213 [principal.kind, context.channel] in [["member", "server"], ["api_key", "sevrer"]]
SG205 principal.scopes.exists(s, s == "agents:raed")
SG205 principal.scopes.exists(s, s.startsWith("agnets:"))
SG205 principal.scopes.exists(s, s.split(":")[0] == "agnets")
SG214 context.environment != "prod"
SG204 permission in ["agents:raed"]
SG207 operation == "agents.craete"
SG204 action in ["raed"]
SG203 resource.surface.startsWith("agnet")
SG211 principal.kind.startsWith("mbr")
SG206 variables.boss in principal.roles
SG206 variables.first == "ownr"
SG206 "x" in principal.roles || variables.first == "owner"
SG206 principal.roles.filter(r, r != "owner").exists(r, r == "ownr")
SG206 principal.assignable_roles.map(r, [r]).exists(l, l == ["ownr"])
SG206 "ownr" in principal.roles.map(r, r)
SG206 "ownr" in (principal.roles + principal.assignable_roles)
SG206 principal.roles == ["ownr"]
SG206 principal.roles[0] == resource.owner || cel.bind(a, "ownr", a) == principal.roles[0]
SG211 matches(principal.kind, "^mbr$")
SG206 principal.roles.exists(r, "ownr" == r.trim())
SG206 "ownr_x".startsWith(principal.roles[0])
SG206 principal.roles.transformMap(i, r, r)[0] == "ownr"
SG206 principal.roles.map(r, {r: 1}).exists(m, "ownr" in m)
SG206 principal.roles.exists(r, r.replace("o", "a") == "owner")
SG206 principal.roles.exists(r, r.substring(0, 3) == "onw")
SG214 context.facts.stage == "tset"
SG205 "agents:raed" in context.facts.wanted
SG205 "agents:raed/a1" in context.facts.wanted
SG211 context.facts.kinds.exists(k, k == "membr")
SG203 context.facts.about == "agnets"
SG204 context.facts.may == "agents:raed"
SG204 "wriet" in context.facts.verbs
SG207 context.facts.doing == "agents.craete"
SG205 "agents:read/*" in principal.scopes
SG205 principal.scopes.exists(s, s == "agents:read/")
SG211 context.facts.payment.status == "interupted"
SG211 context.facts.wallet.status in ["low", "emtpy"]
SG211 context.facts.wallet.?auto_recharge.orValue("of") == "on"
SG211 [context.facts.payment.status].exists(s, s.startsWith("x"))
SG211 context.facts.providers.model != "raedy"
SG211 has(context.facts.entitlements.seats.kind) && context.facts.entitlements.seats.kind == "sotf"
SG203 "owner/agnets:a1" in principal.roles
SG306 "owner/members:a1" in principal.roles
SG203 resource.lead == "owner/agnets:a1"
SG306 "agents:read/agnets:a1" in principal.scopes
SG306 "agents:read/agents:a1" in context.facts.wanted
SG203 groups.office.exists(s, s == "agnets")
SG203 sets.contains(groups.office, ["agnets"])
SG203 variables.desk.exists(s, s == "agnets") && resource.surface in variables.desk
SG206 "owner,ownr".split(",").exists(r, r in principal.roles)
SG206 principal.roles.exists(r, r.indexOf("ownr/") == 0)
SG206 principal.roles.exists(r, r.lastIndexOf("nr/", 1) >= 0)
SG206 "ownr".indexOf(principal.roles[0]) >= 0
SG206 "ownr/agents:a1,admn/agnets:a1".contains(principal.roles[0])
SG206 "the owner/agents:a1".startsWith(principal.roles[0])
SG206 "owner/agents:a1 it is".endsWith(principal.roles[0])
SG206 principal.roles.exists(r, r.reverse().endsWith("rnwo"))
SG206 principal.roles.exists(r, r.charAt(5) == "!")
SG206 principal.roles.exists(r, r + "x" == "owner/agents:a1y")
SG206 principal.roles.exists(r, ("role " + r).contains("e o") && ("role " + r).contains("e o/"))
SG205 principal.scopes.exists(s, s.contains(":raed"))
SG205 principal.scopes.exists(s, s.endsWith(":raed"))
SG205 principal.scopes.exists(s, s.matches("^agents:raed"))
SG205 principal.scopes.exists(s, s.contains("/agnets:"))
SG205 principal.scopes.exists(s, s.split("/")[0].contains("raed/"))
SG306 principal.scopes.exists(s, s.startsWith("members:remove/"))
SG306 "members:remove/" + resource.id in principal.scopes
SG306 "team:read/a1" in principal.scopes
SG401 action in principal.scopes
SG401 permission in principal.roles
SG401 principal.roles.exists(r, r == operation)
SG401 context.channel in principal.assignable_roles
SG401 principal.kind == context.channel
SG420 resource.surface != principal.kind || context.channel in principal.roles
SG306 "agents:all/a1" in principal.scopes
SG206 "mine" in principal.roles
SG206 "ownr/agents:" + resource.id in principal.roles
SG306 "owner/agents:" + resource.id in principal.superior_roles
SG306 principal.assignable_roles.exists(r, r == "owner/agents:" + resource.id)
SG306 ["owner/agents", resource.id].join(":") in principal.superior_roles
SG306 principal.superior_roles.exists(r, r == [resource.owner, "agents:" + resource.id].join("/"))
SG306 "owner/agents:%s".format([resource.id]) in principal.assignable_roles
SG306 resource.lead + "/agents:" + resource.id in principal.superior_roles
SG206 ["ownr/", "agents:", resource.id].join() in principal.roles
SG206 "ownr/agents:%s".format([resource.id]) in principal.roles
SG203 "owner/agnets:" + resource.id + "" in principal.roles
SG206 cel.bind(mine, "ownr/agents:" + resource.id, principal.roles.exists(r, r == mine))
SG203 "owner/agnets:" + resource.id in principal.roles
SG306 resource.lead == "owner/members:" + principal.id
SG206 resource.lead == "ownr/" + resource.owner
SG205 "agents:raed/" + resource.id in principal.scopes
SG306 "agents:read/agnets:" + resource.id in context.facts.wanted
SG203 principal.roles.exists(r, r.startsWith("owner/agnets:"))
SG306 principal.scopes.exists(s, s.startsWith("agents:read/agnets:a"))
"""
"""A code, and a condition that has to be refused with it, once."""
RIGHT: Final = r"""
"owner" in principal.roles
[principal.kind, "x"] == ["member", "x"]
{"x": principal.kind}["x"] == "member"
{"x": principal.kind, "y": "zzz"}["x"] == "member"
principal.id == "me" || principal.id == principal.roles[0]
cel.bind(o, resource.owner, o == principal.roles[0] || o == "me")
resource.tags.all(t, t in principal.roles || t == "me")
"role:" + principal.roles[0] == "role:owner"
context.?channel.orValue("") == ""
operation == ""
size(["x", principal.kind]) == resource.tags.size()
principal.scopes.exists(s, s == "agents:read/a1" || s.startsWith("agents:read/") || s.endsWith("/a1") || s.contains("a1"))
principal.scopes.exists(s, s.split("/")[0] == "agents:read" && s.split(":")[0] == "agents")
principal.kind < "n" && "b" < principal.kind
[principal.kind, context.channel] in [["member", "server"], ["api_key", "browser"]]
"%s is %s".format([principal.kind, "x"]) == "member is x"
principal.roles.map(r, size(r)).exists(n, n == 3)
resource.surface == "agents" && resource.owner == "x"
principal.roles.exists(r, resource.tags.exists(t, t == "x" && r == "owner"))
cel.bind(d, {"a": "b"}, d["a"] == principal.id) && principal.kind == "member"
principal.team == "ownr"
(principal.roles[0] + "x").startsWith("own")
principal.roles.join(",") == "owner,admin"
variables.boss2 in principal.roles
holds("agents:read") && principal.kind == "member"
context.facts.payment.status in ["grace", "interrupted"] || context.facts.wallet.auto_recharge == "failed"
context.facts.providers.model == "missing" && context.facts.entitlements.seats.kind == "soft"
"agents:read/a1" in context.facts.wanted && context.facts.stage == "test"
"owner/agents:a1" in principal.roles || resource.lead == "owner/agents:a1"
resource.surface in groups.office || groups.office.exists(s, s == "members" || s == resource.surface)
"owner,admin".split(",").exists(r, r in principal.roles) || "a,b".split(",")[0] == principal.id
"owner/agents:a1" in principal.superior_roles || resource.lead in principal.assignable_roles
"own" + resource.owner in principal.superior_roles || ["own", resource.owner].join() in principal.assignable_roles
"own%s".format([resource.owner]) in principal.superior_roles || "owner/agents:%s".format([resource.id]) in principal.roles
["owner", "agents:" + resource.id].join("/") in principal.roles || [1, size(resource.tags)] + [2] == [1, 3, 2]
"owner/agents:" + resource.id in principal.roles || "owner/" + resource.owner == resource.lead || resource.owner == "ownr/" + principal.id
"agents:read/" + resource.id in principal.scopes || principal.roles.exists(r, r.startsWith("owner/agents:a") || r.startsWith("owner/"))
principal.roles.exists(r, r.indexOf("wn") == 1 && r.lastIndexOf("r") == 4)
principal.roles.exists(r, r.contains("agents") || r.endsWith("a_1") || r.contains("ownr") || r.indexOf("ownr") > 0 || r.matches("^ownr|a_1$"))
principal.roles.exists(r, r.split("/").size() == 2 && r.split("/")[1] == "agents:a_1" || r.split(":")[0] == "owner/agents")
principal.roles.exists(r, r + "x" == "owner/agents:a_1x" || r.upperAscii() == "OWNER/AGENTS:A_1" || r.reverse().startsWith("1_a"))
principal.roles.exists(r, r.charAt(5) == "/" || r.charAt(13) == "a" || r.substring(13) == "a_1" || r.reverse().substring(4, 7) == "nts")
principal.roles.exists(r, r.replace("e", "3") == "own3r/ag3nts:3" || r.replace("s:", "!") == "owner/agent!a1" || r.split("_")[1] == "1")
principal.scopes.exists(s, s.split("/").size() == 2 && s.split("/")[1] == "a_1" || s.charAt(12) == "a" || s.endsWith("read/a_1"))
principal.scopes.exists(s, s.matches("^agentsx*:read/a") || s.matches("^agents:re?d/") || s.matches("raed") || s.matches("^.*:raed"))
permission in principal.scopes || resource.surface in principal.scopes.map(s, s.split(":")[0]) || resource.owner in principal.roles
principal.roles.exists(r, (r + "s").replace("ts", "") == "owner/agents:a")
"owner/agents:a1,x".contains(principal.roles[0]) || "owner/agents:a1".startsWith(principal.roles[0])
base64.encode(bytes(principal.roles[0])) == "b3duZXIvYWdlbnRzOmE="
"""
"""Conditions that come near to it, and are right."""


def found(folder: Path, condition: str, more: str = "") -> list[str]:
    """The codes of what is found in the pack with a rule of this condition."""
    rule = f"rules:\n  - {{id: a, effect: deny, on: ['agents:read'], code: not_permitted, when: {json.dumps(condition)}}}\n"
    (folder / "pack.yaml").write_text(PACK + rule + more, encoding="utf-8")
    return [each.code for each in find_problems(folder)]


@pytest.mark.parametrize("line", MISSPELT.strip().splitlines())
def test_v63_misspelt(tmp_path: Path, line: str) -> None:
    """Wherever a text meets a vocabulary, one that is no name of it is an error."""
    code, _, condition = line.partition(" ")
    assert found(tmp_path, condition) == [code]


@pytest.mark.parametrize("condition", RIGHT.strip().splitlines())
def test_v63_right(tmp_path: Path, condition: str) -> None:
    """What never meets one may be any text, and a name of it is no finding."""
    assert found(tmp_path, condition) == []


def test_v63_a_role_is_renamed(tmp_path: Path) -> None:
    """What the old name stands in is told at each of its places, with the nearest name."""
    condition = '"owner" in resource.staff || principal.roles.exists(r, r == "owner")'
    assert found(tmp_path, condition) == []
    text = (tmp_path / "pack.yaml").read_text(encoding="utf-8").replace("  owner: {holds", "  owners: {holds")
    (tmp_path / "pack.yaml").write_text(text.replace('"owner"\'', '"owners"\''), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    assert [(each.code, each.hint) for each in caught.value.diagnostics] == [("SG206", 'did you mean "owners"?')] * 2


def test_v63_a_variable_is_told_where_it_stands(tmp_path: Path) -> None:
    """A mistake within a variable is not told again wherever the variable is named."""
    wrong = PACK.replace("variables:\n", 'variables:\n  wrong: principal.roles[0] == "ownr"\n')
    rules = "rules:\n  - {id: a, effect: deny, on: ['agents:read'], code: not_permitted, when: variables.wrong}\n"
    (tmp_path / "pack.yaml").write_text(wrong + rules, encoding="utf-8")
    assert [each.code for each in find_problems(tmp_path)] == ["SG206"]


def test_v63_where_surfaces_differ(tmp_path: Path) -> None:
    """An attribute that is of the vocabulary on one surface and a text on another is a text to a rule about both."""
    rule = "rules:\n  - {id: a, effect: deny, on: [%s], code: not_permitted, when: '\"ownr\" in resource.staff'}\n"
    for on, codes in (("'agents:read'", ["SG206"]), ("'agents:read', 'members:remove'", []), ("'members:remove'", [])):
        (tmp_path / "pack.yaml").write_text(PACK + rule % on, encoding="utf-8")
        assert [each.code for each in find_problems(tmp_path)] == codes


TESTED: Final = """
tests:
  resources:
    one: {surface: agents, workspace: ws_1, attributes: {staff: [owner, ownr, "admin/agents:a1", "admin/agnets:a1"], lead: admn, door: sevrer}}
  facts:
    some: {stage: tset, wanted: ["agents:read/a1", "agents:raed", "agents:read/agnets:a1"]}
"""


def test_v63_in_tests(tmp_path: Path) -> None:
    """The values that tests give are names of the vocabulary too."""
    codes = found(tmp_path, 'principal.team == "a"', TESTED)
    # That these tests ask nothing is a finding of its own.
    assert sorted(codes) == ["SG203", "SG205", "SG206", "SG206", "SG213", "SG214", "SG306", "SG707"]


def test_v63_a_former_role_is_a_value(tmp_path: Path) -> None:
    """At run time such an attribute is a list of texts: a role that the pack has no more is one, and denies nothing."""
    assert found(tmp_path, '"admin" in resource.staff') == []
    guard = Guard.load(tmp_path)
    data = pack(guard._generation.program)
    key = Principal.api_key("key_1", workspace="ws_1", scopes="agents:read")
    for each in (guard, Guard(lambda: unpack(data, "twin.sgpack"))):
        for staff, allowed in ((["former"], True), (["former", "admin"], False), ("admin", False), ([1], False)):
            resource = Resource("agents", "a1", "ws_1", {"staff": staff})
            assert each.check(key, "agents:read", resource, Context(channel="server")).allowed is allowed


@pytest.mark.parametrize(
    ("resource", "facts", "message"),
    [
        ({"staff": ["owner", "ownr"]}, {}, 'no role "ownr" in the catalog; did you mean "owner"?'),
        ({"lead": "mine"}, {}, 'nobody is assigned the role "mine": whoever meets its condition holds it'),
        ({"lead": "admn"}, {}, 'no role "admn" in the catalog; did you mean "admin"?'),
        ({"door": "sevrer"}, {}, 'no channel "sevrer" in the catalog; did you mean "server"?'),
        ({}, {"wanted": ["agents:read/a1", "agents:raed"]}, 'no scope "agents:raed" in the catalog; did you mean "agents:read"?'),
        ({}, {"kinds": ["membr"]}, 'no kind "membr" in the catalog; did you mean "member"?'),
        ({}, {"verbs": ["raed"]}, 'no action "raed" in the catalog; did you mean "read"?'),
        ({}, {"doing": "agents.craete"}, 'no operation "agents.craete" in the catalog; did you mean "agents.create"?'),
        ({"staff": ["owner/agnets:a1"]}, {}, 'no surface of single resources "agnets" in the catalog; did you mean "agents"?'),
        ({}, {"wanted": ["agents:read/agnets:a1"]}, 'no scope "agents:read/agnets:a1" in the catalog; with --undeclared it is asked all the same'),
        ({"staff": ["owner", "admin/agents:a1"], "door": "server"}, {"wanted": ["agents:read/a1"], "kinds": ["member"]}, None),
    ],
)  # fmt: skip
def test_v63_on_the_command_line(
    tmp_path: Path, resource: dict[str, object], facts: dict[str, object], message: str | None
) -> None:
    """The values that a command gives are names of the vocabulary, unless it asks with what is not declared."""
    assert found(tmp_path, 'principal.team == "a"') == []
    program = load_program(tmp_path)
    about = Resource("agents", "a1", "ws_1", resource)
    if message is None:
        refuse_undeclared(program, Context(facts=facts), None, about)
    else:
        with pytest.raises(RequestError) as caught:
            refuse_undeclared(program, Context(facts=facts), None, about)
        assert str(caught.value) == message
