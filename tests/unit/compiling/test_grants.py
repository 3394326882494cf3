"""Questions about the ids in what a principal holds: what they compare, and what they are as lists of ids."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.compiling.grants import (
    BOUND,
    FIXED,
    ID,
    ROLES,
    SCOPES,
    Narrowed,
    about,
    among,
    on_all_resources,
    on_resources,
    questions,
    values_of,
)
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Ident, Literal, conjunction
from scopeguard.syntax.parser import parse_condition
from scopeguard.syntax.printer import print_expression

OWN_ID = Narrowed(SCOPES, "tests:read/", ID, "string")
OF_PARENT = Narrowed(SCOPES, "tests:read/agents:", "agent", "int")
KNOWN_ID = Narrowed(SCOPES, "tests:read/", "t_1", FIXED)
ASSIGNING = Narrowed(ROLES, "maintainer/agents:", "roles,new_roles", BOUND)


def test_what_is_compared() -> None:
    """An attribute by which something lies below, several lists of roles, or neither."""
    asked = (OWN_ID, OF_PARENT, KNOWN_ID, ASSIGNING)
    assert [each.is_of_parent for each in asked] == [False, True, False, False]
    assert [each.reads for each in asked] == [(), ("agent",), (), ("roles", "new_roles")]
    assert [each.named for each in asked] == ["", "agents", "", "agents"]


def test_an_id_with_a_colon_is_none_of_those_in_a_scope() -> None:
    """``tests:read/agents:7`` names the agent 7, and no test that is called ``agents:7``."""
    key = Principal.api_key("k", workspace="w", scopes="tests:read/agents:7 tests:read/t_1")
    assert OWN_ID.among(key, ["t_1", "agents:7", "t_2"]) == ["t_1"]
    assert OWN_ID.ids(key) == {"t_1"}


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        (["maintainer/agents:a_1"], ("a_1",)),
        (["maintainer/agents:a_1", "viewer/agents:a_1"], ("a_1",)),
        (["maintainer/agents:a_1", "viewer/agents:a_2"], ()),
        (["maintainer/agents:a_1", "viewer"], ()),
        (["maintainer/agents:a_1", "viewer/tests:a_1"], ()),
        (["maintainer/agents:a 1"], ()),
        ([], ()),
    ],
)
def test_the_one_resource_that_all_roles_are_on(roles: list[str], found: tuple[str, ...]) -> None:
    """A role that is on all of them, on something else or no role at all leaves none."""
    assert ASSIGNING.bound(roles) == found


NUMBERS = ["7", "-7", "0", str(2**63 - 1), str(-(2**63))]
NO_NUMBERS = ["07", "-0", "+7", "--7", "-", "7.0", "٧", "x", str(2**63), str(-(2**63) - 1)]  # noqa: RUF001  # a digit of another script


def test_only_the_usual_text_of_a_number_is_a_number() -> None:
    """Of whatever the language has numbers for, from the least to the most."""
    assert list(values_of([*NUMBERS, *NO_NUMBERS], "int")) == [7, -7, 0, 2**63 - 1, -(2**63)]
    assert list(values_of(["7", "x"], "list(int)")) == [7]
    assert list(values_of(["7", "x"], "string")) == ["7", "x"]


def test_a_question_about_one_id_is_about_no_other_attribute() -> None:
    """Wherever it stands in a condition."""
    both = conjunction((OWN_ID.condition, Call(ex.NOT, (OF_PARENT.condition,))))
    assert about(both, ID, "t_1") == conjunction((KNOWN_ID.condition, Call(ex.NOT, (FALSE,))))


def texts(name: str, *ids: str) -> Call:
    """That a value is one of some texts."""
    parsed = parse_condition(f"{name} in [{', '.join(map(repr, ids))}]")
    assert isinstance(parsed, Call)
    return Call(ex.IN, (Ident(name, absolute=True), parsed.args[1]))


THERE = Call(ex.PRESENT, (Ident("resource.id", absolute=True),))
ONE, TWO, THREE = texts("resource.id", "a", "b"), texts("resource.id", "b", "c"), texts("resource.id", "c")


def test_several_lists_of_ids_are_one() -> None:
    """What a scope and a ceiling both name, where it is asked whether there is an id at all."""
    other = texts("resource.owner", "a")
    assert on_all_resources((THERE, ONE, other, TWO)) == (other, THERE, texts("resource.id", "b"))
    assert on_all_resources((THERE, ONE, TWO, THREE)) == (FALSE,)
    assert on_all_resources((other, THERE, ONE, THREE)) == (other, FALSE)
    who = Call(ex.PRESENT, (Ident("principal.id", absolute=True),))
    assert on_all_resources((who, texts("principal.id", "a"), texts("principal.id", "b"))) == (FALSE,)
    for parts in ((THERE, ONE), (ONE, TWO), (THERE, ONE, other), (who, ONE, TWO)):
        assert on_all_resources(parts) == parts


def test_lists_of_other_values_stay() -> None:
    """Only of texts it is known which of them are the same."""
    name = Ident("resource.id", absolute=True)
    mixed = Call(ex.IN, (name, ex.ListExpr((Literal("a"), Literal(1)))))
    read = Call(ex.IN, (name, ex.ListExpr((Literal("a"), Ident("principal.id", absolute=True)))))
    for other in (mixed, read):
        assert on_all_resources((THERE, ONE, other)) == (THERE, ONE, other)


def test_ids_are_conditions_that_everybody_can_read() -> None:
    """Of texts, of numbers, of lists and of roles; without any id nothing is among them."""
    assert among("id", "string", "", []) == FALSE
    assert print_expression(among("id", "string", "", ["b", "a"])) == '@has(.resource.id) && .resource.id in ["a", "b"]'
    assert (
        print_expression(among("agent", "int", "agents", ["7", "x"]))
        == "@has(.resource.agent) && .resource.agent in [7]"
    )
    assert print_expression(among("above", "list(string)", "folders", ["a"])) == (
        '@has(.resource.above) && .resource.above.exists(id, id in ["a"])'
    )
    assert print_expression(among("roles,new_roles", BOUND, "agents", ["b", "a"])) == (
        '["/agents:a", "/agents:b"].exists(end, '
        "(@has(.resource.roles) && size(.resource.roles) > 0 || @has(.resource.new_roles) && size(.resource.new_roles) > 0)"
        " && (!@has(.resource.roles) || .resource.roles.all(role, role.endsWith(end)))"
        " && (!@has(.resource.new_roles) || .resource.new_roles.all(role, role.endsWith(end))))"
    )


PACK = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read], qualifiable: true, coarse: true}
    tests:
      actions: [read]
      coarse: true
      parent: {surface: agents, attribute: agent}
      attributes: {agent: int}
roles: {viewer: {holds: ["tests:read"]}}
"""


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A pack in which tests lie below agents, which have numbers."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


@pytest.mark.parametrize("number", [7, -7, 2**63 - 1, -(2**63)])
def test_a_list_has_what_a_check_allows_at_both_ends_of_numbers(guard: Guard, number: int) -> None:
    """The least number, too, is a number in a list of ids."""
    who = Principal.member("m", workspace="w", roles=[f"viewer/agents:{number}"])
    test = Resource("tests", "t_1", "w", {"agent": number})
    assert guard.check(who, "tests:read", test, Context("server"))
    assert f"[{number}]" in str(guard.filter(who, "tests:read", Context("server")).condition)


def test_what_the_catalog_does_not_have_reaches_nothing(guard: Guard) -> None:
    """A role on something that nobody knows is asked about nothing."""
    catalog = guard._generation.program.catalog
    assert questions(catalog, ROLES, "viewer/agents:", "tests:read") != ()
    assert questions(catalog, ROLES, "viewer/nowhere:", "tests:read") == ()
    assert questions(catalog, ROLES, "nobody/agents:", "tests:read") == ()
    stranger = Principal.member("m", workspace="w", roles=["viewer/nowhere:n_1"])
    assert not guard.check(stranger, "tests:read", Resource("tests", "t_1", "w"), Context("server"))


def test_ids_by_the_ways_in_which_they_reach_a_resource(guard: Guard) -> None:
    """Its own, or that of what it lies below; None are all there are."""
    surface = guard._generation.program.catalog.surfaces["tests"]
    assert on_resources(surface, None) == TRUE
    assert on_resources(surface, frozenset()) == FALSE
    assert print_expression(on_resources(surface, frozenset({"t_1", "agents:7", "agents:8"}))) == (
        '@has(.resource.id) && .resource.id in ["t_1"] || @has(.resource.agent) && .resource.agent in [7, 8]'
    )
