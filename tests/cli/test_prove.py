"""The verb that proves: claims that nobody wrote, broken by small packs, and rules that are idle."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

WORDS = """
scopeguard: 1
pack: {base: none, because: Small.}
catalog:
  surfaces:
    notes:
      {actions: [read, write], coarse: true, assigns: [roles, new_roles],
       attributes: {size: int, roles: list(role), new_roles: list(role)}}
    diaries: {actions: [read], explicit_only: true, because: Private.}
roles:
  reader: {rank: 10, holds: ["notes:read"]}
  writer: {rank: 20, holds: ["notes:write"]}
rules:
  - {id: home, effect: deny, on: ["*:*"], unless: principal.workspace == resource.workspace, code: not_permitted}
  - {id: size, effect: deny, on: ["notes:write"], when: has(resource.size) && resource.size > 100, code: not_permitted}
  - {id: roles, effect: deny, on: ["notes:write"], unless: "!has(resource.new_roles) || resource.new_roles.all(role, role in principal.assignable_roles)", code: not_permitted}
"""  # rules stay one line each
HOME = "unless: principal.workspace == resource.workspace"
ROLES = 'unless: "!has(resource.new_roles) || resource.new_roles.all(role, role in principal.assignable_roles)"'


def codes(run: Run, folder: Path, text: str, *options: str) -> tuple[int, list[str]]:
    """The exit status, and the first words of each finding."""
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    done = run("prove", "small.yaml", "--format", "json", *options)
    return done.returncode, [f"{each['code']} {each['message'].split(' does')[0]}" for each in json.loads(done.stdout)]


@pytest.mark.parametrize(
    ("change", "to", "found"),
    [
        ("", "", []),
        ("{size: int,", "{size: int, left: int,", ['SG609 nothing reads the attribute "left" of notes']),
        (HOME, f"{HOME} || principal.kind == 'member'", ["SG606 tenants.closed"]),
        (HOME, "kinds: [member]", ["SG606 tenants.closed", *(f'SG609 role "{role}" lets nobody do anything' for role in ("reader", "writer"))]),
        ("rules:", "rules:\n  - {id: o, effect: allow, on: ['notes:read'], kinds: [anonymous], when: has(resource.size)}\n  - {id: p, effect: deny, on: ['notes:write'], kinds: [system], code: not_permitted}", ['SG607 rule "o" never decides: nobody is allowed what it is about']),
        ("rules:", "rules:\n  - {id: o, effect: allow, on: ['notes:read'], kinds: [api_key], when: resource.size > 3}", ["SG606 scopes.by-name", "SG606 keys.within-ceiling"]),
        ("rules:", "rules:\n  - {id: o, effect: allow, on: ['diaries:read'], kinds: [session], requires: 'notes:read'}", ["SG606 explicit.by-name"]),
        ("diaries: {actions: [read],", "diaries: {actions: [read, write], implies: {write: [read]},", []),
        (ROLES, "when: resource.size == 3", ["SG606 roles.assignable"]),
        (ROLES, "when: has(resource.size) && resource.size % 4 == 0 && resource.size % 2 == 1", ["SG606 roles.assignable", 'SG607 rule "roles" never applies']),
        (ROLES, "when: has(resource.size) && resource.size > 3 && resource.size > 2", ["SG606 roles.assignable", 'SG607 rule "size" never decides: "roles" denies all of it before', 'SG608 rule "roles": "resource.size > 2" is always true']),
    ],
)  # fmt: skip
def test_what_a_pack_breaks(folder: Path, run: Run, change: str, to: str, found: list[str]) -> None:
    """Each claim is broken by a rule that says otherwise, and by nothing else."""
    status, seen = codes(run, folder, WORDS.replace(change, to, 1) if change else WORDS)
    assert sorted(seen) == sorted(found)
    assert status == (1 if any(each.startswith("SG606") for each in found) else 0)


def test_roles_are_handed_out_without_assigns_too(folder: Path, run: Run) -> None:
    """New roles are new roles, whether or not the surface says that it assigns them."""
    pack = (
        "scopeguard: 1\ncatalog:\n  surfaces:\n"
        "    members: {actions: [change_role], holdable_by: [member], attributes: {new_roles: list(role)}}\n"
        "    vaults: {actions: [read], explicit_only: true, holdable_by: [member]}\n"
        "roles:\n  owner: {holds: ['members:change_role', 'vaults:read']}\n  lead: {holds: ['members:change_role']}\n"
    )
    status, seen = codes(run, folder, pack)
    assert (status, [each for each in seen if "SG606" in each]) == (1, ["SG606 roles.assignable"])


def test_what_a_comment_sets_aside(folder: Path, run: Run) -> None:
    """A warning of a proof; lint, which proves nothing, does not say that there is none."""
    left = WORDS.replace("size: int,", "size: int, left: int,  # scopeguard: ignore SG609 because it comes\n       ", 1)
    assert codes(run, folder, left) == (0, [])
    assert "SG128" not in run("lint", "small.yaml").stdout
    needless = left.replace("left: int,", "")
    assert codes(run, folder, needless) == (0, ["SG128 no warning SG609 here to ignore"])


def test_a_claim_that_is_not_made(folder: Path, run: Run) -> None:
    """It is skipped by name, and a misspelt name is an error."""
    text = WORDS.replace(HOME, f"{HOME} || principal.kind == 'member'")
    assert codes(run, folder, text, "--skip", "tenants.closed") == (0, [])
    done = run("prove", "small.yaml", "--skip", "tenants.close")
    assert (done.returncode, "did you mean" in done.stderr) == (2, True)


DENIED = """
scopeguard: 1
catalog:
  surfaces:
    books: {actions: [read, lend], coarse: true}
  channels: [desk, web]
  operations: {books.post: {needs: "books:lend"}}
  stages: [credential, workspace, permission, later]
  attributes: {facts: {open: bool}}
roles: {clerk: {holds: ["books:*"]}}
rules:
  - {id: c, effect: deny, on: ["books:lend"], channels: [web], code: not_permitted}
  - RULE
"""


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("{id: d, effect: deny, on: [books.post], kinds: [member], when: context.channel == 'web', code: not_permitted}", '"c" denies all of it before'),
        ("{id: d, effect: deny, on: ['books:lend'], when: context.channel == 'web' && context.facts.open, code: not_permitted}", '"c" denies all of it before'),
        ("{id: d, effect: deny, on: ['books:lend'], when: context.channel == 'web' || context.facts.open, code: not_permitted}", None),
        ("{id: d, effect: deny, on: ['books:lend'], stage: later, kinds: [member], channels: [web, desk], code: not_permitted}", None),
        ("{id: d, effect: deny, on: ['books:lend'], stage: later, channels: [web], code: not_permitted}", '"c" denies all of it before'),
        ("{id: d, effect: deny, on: ['books:read'], stage: later, kinds: [system], code: not_permitted}", "all that it denies is denied before"),
        ("{id: b, effect: deny, on: ['books:lend'], when: context.channel == 'web', code: not_permitted}", None),
        ("{id: d, effect: deny, on: ['books:read'], kinds: [anonymous], stage: credential, code: not_permitted}", '"credential.anonymous" denies all of it before'),
        ("{id: d, effect: allow, on: ['books:lend'], channels: [web], kinds: [system]}", "nobody is allowed what it is about"),
        ("{id: d, effect: allow, on: ['books:lend'], kinds: [system]}", None),
        ("{id: d, effect: advise, on: ['books:lend'], channels: [web], code: limit_exceeded_soft}", "nobody is allowed what it is about"),
    ],
)  # fmt: skip
def test_a_rule_that_another_always_forestalls(folder: Path, run: Run, rule: str, found: str | None) -> None:
    """It applies, and never decides: before it comes an earlier stage, or an id before its own in the same stage."""
    (folder / "small.yaml").write_text(DENIED.replace("RULE", rule), encoding="utf-8")
    done = run("prove", "small.yaml", "--format", "json")
    told = [
        each for each in json.loads(done.stdout) if each["code"] == "SG607" and each["message"].startswith('rule "d"')
    ]
    assert [each["message"].partition(": ")[2] for each in told] == ([found] if found else [])
    assert [bool(each["related"]) for each in told] == [found is not None and " denies all of it" in found] * len(told)


def test_proofs_as_sarif(folder: Path, run: Run) -> None:
    """The form of findings that lint has too, with the rule that comes first as a related place."""
    rule = "{id: d, effect: deny, on: ['books:lend'], channels: [web], kinds: [member], code: not_permitted}"
    (folder / "small.yaml").write_text(DENIED.replace("RULE", rule), encoding="utf-8")
    done = run("prove", "small.yaml", "--format", "sarif")
    (found,) = (each for each in json.loads(done.stdout)["runs"][0]["results"] if each["ruleId"] == "SG607")
    assert found["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 12
