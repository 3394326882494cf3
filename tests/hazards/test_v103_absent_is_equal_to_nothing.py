"""V103: what is absent on both sides is equal in generated code, so that nobody is the owner of what has none."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from tests.hazards.packs import PACK, load

ATTRIBUTES = PACK.replace("principal: {level: dyn}", "principal: {level: dyn, owner: string}")
BARE = Resource("notes", workspace="ws_1")
JOB = Principal.system("job_1", workspace="ws_1")
OWNERLESS = Resource("notes", "job_1", "ws_1")
CASES = {
    "the id of a resource without one": ("principal.id == resource.id", BARE),
    "the other way round": ("resource.id == principal.id", BARE),
    "attributes that neither has": ("principal.owner == resource.owner", OWNERLESS),
    "a channel that nobody told, and the id of a resource without one": ("context.channel == resource.id", BARE),
    "an attribute and an id": ("resource.owner == resource.id", BARE),
    "a channel that nobody told": ("context.channel == resource.owner", OWNERLESS),
    "in a list": ("resource.id in [principal.owner, resource.owner]", BARE),
    "through a conditional": ("(true ? principal.owner : 'x') == resource.owner", OWNERLESS),
    "not different": ("!(principal.owner != resource.owner)", OWNERLESS),
}


@pytest.fixture
def guard(request: pytest.FixtureRequest, tmp_path: Path) -> Guard:
    """A guard with an allow and a deny by the same condition."""
    condition = CASES[request.param][0]
    rules = f"""
        {{id: mine, effect: allow, on: ["notes:read"], kinds: [system], when: "{condition}"}}
        {{id: all, effect: allow, on: ["notes:write"], kinds: [system]}}
        {{id: other, effect: deny, on: ["notes:write"], unless: "{condition}", code: not_permitted}}
    """
    return load(tmp_path, rules, ATTRIBUTES)


@pytest.mark.parametrize(("guard", "case"), [(case, case) for case in CASES], indirect=["guard"], ids=list(CASES))
@pytest.mark.usefixtures("code_at_once")
def test_v103_absent_is_equal_to_nothing(guard: Guard, case: str) -> None:
    """The condition has no value: the allow does not allow and the deny denies, by generated code as by the evaluator."""
    about = CASES[case][1]
    for _ in range(3):
        assert not guard.check(JOB, "notes:read", about, Context())
        assert guard.check(JOB, "notes:write", about, Context()).rules == ("other",)


ALONE = ATTRIBUTES.replace("scopeguard: 1", "scopeguard: 1\npack: {base: none, because: anybody may ask here}")


@pytest.mark.usefixtures("code_at_once")
def test_v103_an_anonymous_caller(tmp_path: Path) -> None:
    """Nobody, who has no id, is not the note without an id, whichever side stands first; without the base to deny it before."""
    rules = """
        {id: one, effect: allow, on: ["notes:read"], kinds: [anonymous], when: "principal.id == resource.id"}
        {id: two, effect: allow, on: ["notes:read"], kinds: [anonymous], when: "resource.workspace == principal.workspace"}
        {id: all, effect: allow, on: ["notes:write"], kinds: [anonymous]}
        {id: not, effect: deny, on: ["notes:write"], unless: "resource.id == principal.id", code: not_permitted}
    """
    guard = load(tmp_path, rules, ALONE)
    for about in (Resource("notes"), BARE, OWNERLESS):
        for _ in range(3):
            assert not guard.check(Principal.anonymous(), "notes:read", about, Context())
            assert guard.check(Principal.anonymous(), "notes:write", about, Context()).rules == ("not",)


@pytest.mark.parametrize("guard", ["the id of a resource without one"], indirect=True)
@pytest.mark.usefixtures("code_at_once")
def test_v103_what_is_there_is_equal(guard: Guard) -> None:
    """The same rules allow where both are there and the same."""
    assert guard.check(JOB, "notes:read", OWNERLESS, Context())
    assert guard.check(JOB, "notes:write", OWNERLESS, Context())
