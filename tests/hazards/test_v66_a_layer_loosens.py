"""V66: a layer above the shipped pack loosens it in silence. Each case loads only where it says that it loosens."""

import json
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource, UsageEvent

CASES: dict[str, dict[str, Any]] = {
    "an allow rule for keys without scopes": {
        "rules": [{"id": "mine.reads", "effect": "allow", "on": ["*:read"], "kinds": ["api_key"]}]
    },
    "a rule on an explicit-only surface": {
        "rules": [{"id": "mine.reads", "effect": "allow", "on": ["collected_data:read"], "roles": ["viewer"]}]
    },
    "a rule on an operation": {
        "rules": [{"id": "mine.pays", "effect": "allow", "on": ["phone_numbers.purchase"], "kinds": ["system"]}]
    },
    "a coarse surface where read brings write": {
        "catalog": {
            "surfaces": {"notes": {"actions": ["read", "write"], "coarse": True, "implies": {"read": ["write"]}}}
        }
    },
    "a scope that brings workspace:write along": {"scopes": {"notes:all": {"includes": ["workspace:write"]}}},
    "a scope of a scope": {
        "scopes": {"notes:all": {"includes": ["notes:more"]}, "notes:more": {"includes": ["agents:write"]}}
    },
    "an operation that needs less than its surface": {
        "catalog": {"operations": {"agents.replace": {"needs": "agents:read"}}}
    },
    "an environment that counts nothing": {"catalog": {"environments": ["sandbox"]}},
    "a role": {"roles": {"helper": {"holds": ["settings.members.manage"]}}},
    "a role by a member permission of its own": {
        "catalog": {"permissions": {"mine.all": {"grants": ["agents:write"]}}},
        "roles": {"helper": {"holds": ["mine.all"]}},
    },
    "a wider role in the place of another": {
        "roles": {"viewer": {"holds": ["product.manage"], "replaces": "default", "because": "viewers help"}}
    },
    "a narrower role that others were kept from managing": {
        "roles": {"owner": {"holds": ["product.view"], "replaces": "default", "because": "owners look on"}}
    },
    "a role that is no longer assigned, and is whoever's meets a condition": {
        "roles": {
            "viewer": {
                "when": "principal.id == resource.id",
                "holds": ["product.view"],
                "replaces": "default",
                "because": "they are",
            }
        }
    },
    "a role that nobody has any more, whose holders others were kept from managing": {
        "roles": {
            "billing": {
                "when": "principal.id == resource.id",
                "marker": True,
                "replaces": "default",
                "because": "nobody pays",
            }
        }
    },
    "a rank above that of owners, for whoever is an admin too": {"roles": {"chief": {"marker": True, "rank": 101}}},
    "a rank with a surface of its own": {
        "catalog": {"surfaces": {"notes": {"actions": ["read"], "coarse": True}}},
        "roles": {"chief": {"holds": ["notes:read"], "rank": 101}},
    },
    "a higher rank for a role that manages nobody": {
        "roles": {"viewer": {"holds": ["product.view"], "rank": 101, "replaces": "default", "because": "viewers count"}}
    },
    "another name for a role": {
        "roles": {
            "viewer": {"holds": ["product.view"], "alias": "Staff", "replaces": "default", "because": "we say staff"}
        }
    },
    "a surface below one of which no role was on one resource": {
        "catalog": {
            "surfaces": {
                "invoices": {
                    "actions": ["read"],
                    "coarse": True,
                    "attributes": {"top_up": "string"},
                    "parent": {"surface": "top_ups", "attribute": "top_up"},
                }
            }
        }
    },
    "a gate that only advises": {
        "gates": [{"id": "gates.payment", "mode": "advise", "replaces": "default", "because": "we are kind"}]
    },
    "a gate that is off": {
        "gates": [{"id": "gates.wallet", "mode": "off", "replaces": "default", "because": "we are kind"}]
    },
}


def layer(folder: Path, sections: dict[str, Any]) -> Path:
    """A layer of these sections."""
    file = folder / "layer.yaml"
    file.write_text(json.dumps({"scopeguard": 1, "pack": {"extends": "default"}, **sections}), encoding="utf-8")
    return file


@pytest.mark.parametrize("case", CASES)
def test_what_loosens_does_not_load_in_silence(case: str, tmp_path: Path) -> None:
    """Loaded either way, it is refused at the entry that loosens, and nothing else is wrong with it."""
    file = layer(tmp_path, CASES[case])
    for load in (Guard.load, Guard.default):
        with pytest.raises(PolicyError) as refused:
            load(file)
        assert {each.code for each in refused.value.diagnostics} == {"SG220"}
        assert all(each.file == str(file) for each in refused.value.diagnostics)


def test_a_usage_row_takes_from_a_meter(tmp_path: Path) -> None:
    """A row for an environment of its own counts nothing that was counted as production; it has to say so itself."""
    sections = {"catalog": {"environments": ["sandbox"], "loosens": "it is ours"}}
    rows = [{"id": "mine.sandbox", "environments": ["sandbox"]}]
    with pytest.raises(PolicyError) as refused:
        Guard.load(layer(tmp_path, {**sections, "usage": rows}))
    assert [each.code for each in refused.value.diagnostics] == ["SG220"]
    said = Guard.load(layer(tmp_path, {**sections, "usage": [{**rows[0], "loosens": "it is ours"}]}))
    assert said.classify(UsageEvent("server", "text", "user", "sandbox")).meter is None
    assert Guard.default().classify(UsageEvent("server", "text", "user", "sandbox")).meter == "text_chat_messages"


NARROWS: dict[str, dict[str, Any]] = {
    "denials": {"rules": [{"id": "mine.no", "effect": "deny", "on": ["*:write"], "code": "not_permitted"}]},
    "a surface of its own": {
        "catalog": {"surfaces": {"notes": {"actions": ["read", "write"], "coarse": True, "implies": {"write": ["read"]}}}},
        "scopes": {"notes:all": {"includes": ["notes:*"]}},
        "roles": {"writer": {"holds": ["notes:write"]}},
        "rules": [{"id": "mine.notes", "effect": "allow", "on": ["notes:read"], "kinds": ["system"]}],
    },
    "attributes": {
        "catalog": {"surfaces": {"agents": {"attributes": {"team": "string"}}}, "attributes": {"principal": {"team": "string"}}},
        "rules": [{"id": "mine.team", "effect": "deny", "on": ["agents:write"], "unless": "principal.team == resource.team",
                   "code": "not_permitted"}],
    },
    "a narrower role": {
        "roles": {"developer": {"holds": ["product.view"], "replaces": "default", "because": "developers look on"}}
    },
    "a surface below one that is narrowed anyhow, and one below that": {
        "catalog": {"surfaces": {
            "calls": {"actions": ["read"], "coarse": True, "attributes": {"agent": "string"},
                      "parent": {"surface": "agents", "attribute": "agent"}},
            "bits": {"actions": ["read"], "coarse": True, "attributes": {"call": "string"},
                     "parent": {"surface": "calls", "attribute": "call"}},
        }},
    },
    "a rank that puts nobody above others": {"roles": {"chief": {"marker": True, "rank": 80}}},
    "a remedy": {
        "recovery": {"scope_missing": {"replaces": "default", "because": "ours", "remedy": {"text": "Ask us for {needed}."}}}
    },
}  # fmt: skip


@pytest.mark.parametrize("case", NARROWS)
def test_what_narrows_loads(case: str, tmp_path: Path) -> None:
    """A layer adds its own, denies, and says again what it may; nothing of that asks for a reason to loosen."""
    file = layer(tmp_path, NARROWS[case])
    assert Guard.load(file).digest == Guard.default(file).digest != Guard.default().digest
    assert Guard.load(file).warnings == ()


def test_a_rank_of_a_layer_is_in_force(tmp_path: Path) -> None:
    """What a layer says it loosens by a rank: an admin who has it acts upon owners."""
    roles = {"chief": {"marker": True, "rank": 101, "loosens": "chiefs are above owners"}}
    guard = Guard.load(layer(tmp_path, {"roles": roles}))
    context = Context("dashboard", facts={"other_active_owners": 1})
    owner = Resource("members", "usr_2", "ws_1", {"roles": ["owner"]})
    for more, code in ([], "rank_too_low"), (["chief"], None):
        admin = Principal.member("usr_1", workspace="ws_1", roles=["admin", *more])
        assert guard.check(admin, "members:remove", owner, context).code == code
        assert Guard.default().check(admin, "members:remove", owner, context).code == "rank_too_low"


def test_what_is_said_to_loosen_by_a_name_is_in_force(tmp_path: Path) -> None:
    """What the two refusals are about: a name that was nobody's is a role, and a role on one resource counts."""
    dashboard = Context("dashboard")
    surfaces = CASES["a surface below one of which no role was on one resource"]["catalog"]["surfaces"]
    said = {"catalog": {"surfaces": {"invoices": {**surfaces["invoices"], "loosens": "it is meant"}}}}
    guard = Guard.load(layer(tmp_path, said))
    member = Principal.member("usr_1", workspace="ws_1", roles=["owner/top_ups:t_1"])
    one, other = (Resource("top_ups", name, "ws_1") for name in ("t_1", "t_2"))
    assert guard.check(member, "top_ups:manage", one, dashboard)
    assert not guard.check(member, "top_ups:manage", other, dashboard)
    assert not Guard.default().check(member, "top_ups:manage", one, dashboard)
    named = CASES["another name for a role"]["roles"]["viewer"]
    guard = Guard.load(layer(tmp_path, {"roles": {"viewer": {**named, "loosens": "it is meant"}}}))
    assert (guard.roles(["Staff"]), Guard.default().roles(["Staff"])) == (["viewer"], ["Staff"])


def test_what_a_layer_says_again_is_in_force(tmp_path: Path) -> None:
    """A replaced role, gate and remedy answer in the place of those below; attributes are there to be read."""
    server, dashboard = Context(channel="server"), Context(channel="dashboard")
    developer = Principal.member("usr_1", workspace="ws_1", roles=["developer"])
    narrowed = Guard.load(layer(tmp_path, NARROWS["a narrower role"]))
    assert Guard.default().check(developer, "agents:write", context=dashboard).allowed
    assert narrowed.check(developer, "agents:write", context=dashboard).code == "member_permission_missing"
    key = Principal.api_key("key_1", workspace="ws_1", scopes="agents:read")
    denied = Guard.load(layer(tmp_path, NARROWS["a remedy"])).check(key, "agents:write", context=server)
    assert (denied.code, denied.status, denied.remedy and denied.remedy.text) == (
        "scope_missing",
        403,
        "Ask us for agents:write.",
    )
    advises = {"gates": [{**CASES["a gate that only advises"]["gates"][0], "loosens": "it is meant"}]}
    place = Guard.load(layer(tmp_path, advises)).place("gates.payment")
    assert place is not None
    assert place.file.endswith("layer.yaml")
    team = Guard.load(layer(tmp_path, NARROWS["attributes"]))
    assert team.catalog.surfaces["agents"].attributes == {"team"}


def test_a_target_that_cannot_be_read_beside_a_replaced_role(tmp_path: Path) -> None:
    """Which roles manage others is asked of all rules, also of one that is about nothing: it is told of, and no more."""
    sections = {
        **NARROWS["a narrower role"],
        "rules": [{"id": "mine.no", "effect": "deny", "on": ["members;x"], "when": "principal.rank > 3", "code": "not_permitted"}],
    }  # fmt: skip
    file = layer(tmp_path, sections)
    with pytest.raises(PolicyError) as refused:
        Guard.load(file)
    assert [(each.code, each.file) for each in refused.value.diagnostics] == [("SG301", str(file))]


@pytest.mark.parametrize("why", ["", " ", "\n \t", "\u00a0"])
def test_a_reason_of_spaces_is_none(tmp_path: Path, why: str) -> None:
    """Whoever reads the reason reads nothing: it is as good as left out, for leaving the base too."""
    rules = [{**CASES["an allow rule for keys without scopes"]["rules"][0], "loosens": why}]
    for sections in ({"rules": rules}, {"pack": {"base": "none", "because": why}}):
        with pytest.raises(PolicyError, match="SG124 empty text"):
            Guard.load(layer(tmp_path, sections))
