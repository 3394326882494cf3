"""What is observed of a principal and of a context: whoever gets one kept answer differs in nothing that rules read."""

from pathlib import Path
from types import MappingProxyType

import pytest
from msgspec.structs import astuple

from scopeguard import Context, Guard, Principal
from scopeguard.compiling.environment import Types
from scopeguard.compiling.observed_inputs import (
    GIVEN,
    NOTHING_READ,
    ObservedInputs,
    ProgramIndex,
    Reads,
    context_names,
    may_hold,
    rank_of,
    reads_of,
)
from scopeguard.compiling.program import Program
from tests.conditions import condition

TYPES = Types(
    principal=MappingProxyType({"team": "string"}),
    context=MappingProxyType({"beta": "bool", "place": "string", "more.name": "string"}),
    facts=MappingProxyType({"count": "int"}),
    resource=MappingProxyType({"docs": MappingProxyType({"owner": "string"})}),
)


def reading(*permissions: str, roles: str = "", scopes: str = "", flags: str = "") -> Reads:
    """What is read, by names with spaces between."""
    held, names, texts = frozenset(permissions), frozenset(roles.split()), frozenset(scopes.split())
    return Reads(held, names, texts, "rank" in flags, "whole" in flags, "standing" in flags)


READ: dict[str, Reads] = {
    "principal.kind == 'api_key' && principal.team == 'a' && resource.owner == principal.id": NOTHING_READ,
    "holds('docs:read') && !holds('docs:write/d_1')": reading("docs:read", "docs:write"),
    "'editor' in principal.roles || 'docs:read' in principal.scopes": reading(roles="editor", scopes="docs:read"),
    "'editor/docs:d_1' in principal.roles": reading(flags="whole"),
    "'docs:read/d_1' in principal.scopes": reading(flags="whole"),
    "'' in principal.roles": reading(flags="whole"),
    "size(principal.roles) > 1": reading(flags="whole"),
    "principal.scopes.exists(each, each == 'docs:read')": reading(flags="whole"),
    "principal.rank > 3": reading(flags="rank"),
    "'editor' in principal.assignable_roles": reading(flags="whole standing"),
    "'editor' in principal.superior_roles": reading(flags="whole standing"),
    "'editor' in ['editor'] && 'a' in [principal.team]": NOTHING_READ,
}


@pytest.mark.parametrize("text", READ)
def test_what_a_condition_reads(text: str) -> None:
    """A name that is looked for is no more than that; a list that is gone through is the whole of it."""
    assert reads_of(condition(text, TYPES)) == READ[text]


def test_what_several_conditions_read_is_what_any_of_them_reads() -> None:
    """In whichever order."""
    one, two, three = (
        reading("a:b", flags="rank"),
        reading("c:d", roles="editor"),
        reading(scopes="s", flags="whole standing"),
    )
    both = reading("a:b", "c:d", roles="editor", flags="rank")
    assert Reads.joined([one, NOTHING_READ, two]) == Reads.joined([two, one]) == both
    assert Reads.joined([one, two, three]) == reading(
        "a:b", "c:d", roles="editor", scopes="s", flags="rank whole standing"
    )
    assert Reads.joined([one, one]) == one
    assert Reads.joined([]) == NOTHING_READ
    assert not any(astuple(NOTHING_READ))


def test_the_names_of_a_context_that_its_class_tells() -> None:
    """Neither facts nor the time, which are read in each request."""
    text = (
        "context.channel == 'server' && context.environment == 'test' && context.beta && has(context.more.name)"
        " && context.now > timestamp('2026-01-01T00:00:00Z') && has(context.facts) && context.facts.count > 1"
        " && principal.team == resource.owner"
    )
    found = context_names(condition(text, TYPES))
    assert found == {"context.channel", "context.environment", "context.beta", "context.more.name"}


PACK = """
scopeguard: 1
catalog:
  channels: [server, dashboard]
  environments: [production, test]
  attributes:
    context: {beta: bool, place: string, more: {name: string}}
  surfaces:
    docs: {actions: [read, write, share], coarse: true, qualifiable: true, holdable_by: [api_key, session, member]}
    teams: {actions: [read, invite], coarse: true, holdable_by: [member]}
    pages:
      actions: [read]
      coarse: true
      parent: {surface: docs, attribute: doc}
      attributes: {doc: string}
      embeds: {read: [docs]}
  operations:
    docs.draft: {needs: "docs:share", meter: drafts, instead: {test: trials}}
meters:
  drafts: {kind: consumption}
  trials: {kind: fair_use}
scopes:
  all:read: {includes: ["*:read"], kinds: {session: ["pages:read"]}}
roles:
  viewer: {holds: ["docs:read"], rank: 1}
  editor: {holds: ["docs:*", "pages:read"], rank: 5}
rules:
  - {id: by.channel, effect: deny, on: ["docs:write"], when: context.channel == "dashboard", code: not_permitted}
  - {id: by.environment, effect: deny, on: ["docs:read"], when: context.environment == "test", code: not_permitted}
  - {id: by.beta, effect: deny, on: ["docs:write"], when: has(context.beta) && context.beta, code: not_permitted}
  - {id: by.place, effect: deny, on: ["docs:share"], when: has(context.place) && context.place == "x", code: not_permitted}
  - {id: by.more, effect: allow, on: ["docs:share"], when: has(context.more.name) && context.more.name == "x"}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A small pack."""
    file = tmp_path_factory.mktemp("pack") / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(Path(file))._generation.program


def test_what_rules_observe_of_a_context(program: Program) -> None:
    """The value of what its class says, that there is one of what it does not, and nothing of what no rule reads."""
    index = ProgramIndex(program)
    plain = Context("server")

    def alike(action: str, one: Context, other: Context) -> bool:
        return index.context_class(action, one) == index.context_class(action, other)

    assert index.context_class("docs:write", None) is None
    assert not alike("docs:write", plain, Context("dashboard"))
    assert not alike("docs:write", plain, Context("server", attributes={"beta": True}))
    assert not alike(
        "docs:write", Context("server", attributes={"beta": False}), Context("server", attributes={"beta": True})
    )
    assert alike("docs:write", plain, Context("server", attributes={"place": "x"}))
    assert not alike("docs:share", plain, Context("server", attributes={"place": "x"}))
    assert alike(
        "docs:share", Context("server", attributes={"place": "y"}), Context("server", attributes={"place": "x"})
    )
    assert alike("docs:share", plain, Context("server", attributes={"beta": True}))
    assert not alike("docs:share", plain, Context("server", attributes={"more": {"name": "x"}}))
    assert set(index.context_class("docs:share", Context("server", attributes={"place": "x"}))) >= {GIVEN}  # type: ignore[call-overload]
    # What is counted, and on what, is told too.
    assert alike("docs:share", plain, Context("server", "test"))
    assert not alike("docs.draft", plain, Context("server", "test"))
    # What an answer brings along is judged by the same context.
    for action in ("docs:read", "pages:read"):
        assert alike(action, plain, Context("dashboard"))
        assert not alike(action, plain, Context("server", "test"))


def test_who_may_hold_a_permission(program: Program) -> None:
    """Only of a surface that there is, and of the kinds that it is for."""
    catalog = program.catalog
    assert may_hold(catalog, "api_key", "docs:read")
    assert may_hold(catalog, "member", "teams:read")
    assert not may_hold(catalog, "api_key", "teams:read")
    assert not may_hold(catalog, "api_key", "nothing:read")


def member(*roles: str) -> Principal:
    """A member of a workspace."""
    return Principal.member("m", workspace="w", roles=list(roles))


def test_the_rank_of_a_member(program: Program) -> None:
    """The highest of its roles, as far as the pack has them; nobody else has any."""
    catalog = program.catalog
    assert rank_of(catalog, member("viewer", "editor", "stranger")) == 5
    assert rank_of(catalog, member("stranger")) == rank_of(catalog, member()) == 0
    assert rank_of(catalog, Principal.api_key("k", workspace="w", scopes="docs:read")) == 0


def key(scopes: str, **more: object) -> Principal:
    """A key of a workspace."""
    return Principal.api_key("k", workspace="w", scopes=scopes, **more)  # type: ignore[arg-type]


def test_what_is_observed_of_what_is_held(program: Program) -> None:
    """Whether a permission that matters is held for every resource, and by which narrowed scopes; by which scope is not."""
    index = ProgramIndex(program)
    one = ObservedInputs(index, "api_key", NOTHING_READ, ["docs:read"])
    several = ObservedInputs(index, "api_key", reading("docs:write"), ["docs:read", "teams:read"])
    assert one.permissions == ("docs:read",)
    assert several.permissions == ("docs:read", "docs:write")
    assert (one.is_plain, one.is_simple) == (True, True)
    assert (several.is_plain, several.is_simple) == (True, False)
    for inputs in (one, several):
        assert inputs.key(key("docs:read")) != inputs.key(key(""))
        assert inputs.key(key("docs:read")) == inputs.key(key("docs:read docs:share teams:read"))
        assert inputs.key(key("docs:read/d_1")) == inputs.key(key("docs:read/d_2"))
        assert inputs.key(key("docs:read/d_1")) not in {inputs.key(key("")), inputs.key(key("docs:read"))}
        assert inputs.key(key("docs:read docs:read/d_1")) != inputs.key(key("docs:read"))
        assert inputs.key(key("docs:share/d_1")) == inputs.key(key(""))
    assert one.key(key("docs:read docs:write")) == one.key(key("docs:read"))
    assert len({several.key(key(each)) for each in ("", "docs:read", "docs:write", "docs:read docs:write")}) == 4
    assert several.held(key("docs:read docs:write")) == 3
    # As whoever looks an answer up without this says it.
    assert [one.key(key(each)) for each in ("docs:read", "")] == [True, False]
    assert [several.key(key(each)) for each in ("docs:read", "docs:write", "")] == [1, 2, 0]
    assert one.key(key("docs:read/d_1")) == (False, frozenset({"docs:read/"}))


def test_what_is_observed_of_roles(program: Program) -> None:
    """Those on one resource by their name and by the surface, without the id."""
    index = ProgramIndex(program)
    inputs = ObservedInputs(index, "member", NOTHING_READ, ["docs:read"])
    assert inputs.starts is None
    assert inputs.key(member("viewer")) == inputs.key(member("editor")) != inputs.key(member("stranger"))
    assert inputs.key(member("viewer/docs:d_1")) == inputs.key(member("viewer/docs:d_2"))
    assert inputs.key(member("viewer/docs:d_1")) != inputs.key(member("editor/docs:d_1"))
    assert inputs.key(member("stranger/docs:d_1")) == inputs.key(member())


@pytest.mark.parametrize(
    ("reads", "differ"),
    [
        (reading(roles="editor"), [("editor",), ("viewer",)]),
        (reading(flags="rank"), [("editor",), ("viewer",)]),
        (reading(flags="whole"), [("editor",), ("editor", "stranger")]),
    ],
)
def test_what_rules_read_is_observed(program: Program, reads: Reads, differ: list[tuple[str, ...]]) -> None:
    """Where the same is held: a role by its name, the rank, or all of it."""
    index = ProgramIndex(program)
    one, two = (member(*roles) for roles in differ)
    plain, observed = (ObservedInputs(index, "member", each, ["docs:read"]) for each in (NOTHING_READ, reads))
    assert plain.key(one) == plain.key(two)
    assert not observed.is_plain
    assert not observed.is_simple
    assert observed.key(one) != observed.key(two)
    assert observed.key(one) == observed.key(member(*differ[0]))


def test_only_what_is_read_is_observed(program: Program) -> None:
    """Other names make no difference, and no rank is made out where none is read."""
    index = ProgramIndex(program)
    by_name = ObservedInputs(index, "member", reading(roles="editor"), ["docs:read"])
    seen = by_name.observation(member("editor", "stranger"))
    assert (seen.roles, seen.scopes, seen.rank, seen.whole) == (frozenset({"editor"}), frozenset(), 0, None)
    by_scope = ObservedInputs(index, "api_key", reading(scopes="docs:read"), ["docs:share"])
    assert by_scope.observation(key("docs:read docs:write")).scopes == {"docs:read"}
    by_rank = ObservedInputs(index, "member", reading(flags="rank"), ["docs:read"])
    assert by_rank.observation(member("editor")).rank == 5
    whole = ObservedInputs(index, "member", reading(flags="whole"), ["docs:read"])
    assert whole.observation(member("editor")).whole == (frozenset(), frozenset({"editor"}), None)


def test_what_is_observed_of_a_ceiling(program: Program) -> None:
    """What in it lets a permission through that matters; and that there is one, be it empty."""
    index = ProgramIndex(program)
    inputs = ObservedInputs(index, "api_key", NOTHING_READ, ["docs:read"])

    def under(*ceiling: str) -> object:
        return inputs.key(key("docs:read", ceiling=ceiling))

    assert under() != inputs.key(key("docs:read"))
    assert under("docs:read") != under()
    assert under("docs:read") == under("docs:read", "teams:invite")
    assert under("docs:read/d_1") == under("docs:read/d_2") != under("docs:share/d_1")
    seen = inputs.observation(key("docs:read", ceiling=["docs:read", "docs:read/d_1", "docs:share/d_1", "teams:read"]))
    assert (seen.limits, seen.narrowed_limits) == (frozenset({"docs:read"}), frozenset({"docs:read/"}))
    of_members = ObservedInputs(index, "member", NOTHING_READ, ["docs:read"])
    assert {"docs:read", "all:read"} <= of_members.limits
    assert "all:read" in inputs.limits
    # Where a scope stands for less to a session, so it does in the ceiling of one.
    assert "all:read" not in ObservedInputs(index, "session", NOTHING_READ, ["docs:read"]).limits
