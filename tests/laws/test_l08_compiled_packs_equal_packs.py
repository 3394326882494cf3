"""Law 8, compiled_equals_reference: a compiled pack answers as the pack that it was compiled from, in every word."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from msgspec.structs import fields

from scopeguard import Decision, Guard, PolicyError, RequestError, UsageEvent, shipped
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_file import sources_of, unpack
from scopeguard.compiling.pack_writing import pack
from scopeguard.compiling.program import Program
from tests.laws.support import folder, guard_of, law
from tests.strategies import Pack, Request, cases


def twin(guard: Guard) -> Guard:
    """A guard of the same pack, by way of its compiled form."""
    data = pack(guard._generation.program)
    return Guard(lambda: unpack(data, "twin.sgpack"))


def asked(guard: Guard, request: Request) -> tuple[Decision, str, str] | str:
    """All that is said to a request: the decision, the whole explanation, and the explanation as data."""
    question = (request.principal, request.action, request.resource, request.context)
    try:
        explanation = guard.explain(*question)
        return guard.check(*question), str(explanation), json.dumps(explanation.to_dict(), default=str)
    except RequestError as error:
        return f"refused: {error}"


def parts(program: Program) -> Iterator[object]:
    """Every part of a program but its rules, which are equal to nothing but themselves, and every part of these."""
    for each in fields(program):
        if each.name not in {"rules", "by_surface", "by_operation", "wild"}:
            yield getattr(program, each.name)
    for rule in program.rules:
        yield tuple(getattr(rule, each.name) for each in fields(rule))
    for index in (program.by_surface, program.by_operation):
        yield {name: [program.rules.index(rule) for rule in rules] for name, rules in index.items()}
        yield list(index)
    yield [program.rules.index(rule) for rule in program.wild]


@law(25)
@given(cases(12))
def test_compiled_packs_equal_packs(case: tuple[Pack, list[Request]]) -> None:
    """Every request gets the same decision and the same explanation, and nothing of the program is another."""
    source, requests = case
    guard = guard_of(source)
    other = twin(guard)
    assert list(parts(other._generation.program)) == list(parts(guard._generation.program))
    for request in requests:
        assert asked(other, request) == asked(guard, request)


@law(10)
@given(cases(0))
def test_compiling_again_changes_nothing(case: tuple[Pack, list[Request]]) -> None:
    """What was read from a compiled pack compiles to the same bytes: nothing is lost on the way."""
    guard = guard_of(case[0])
    data = pack(guard._generation.program, base="x", sources="y")
    assert pack(unpack(data, "twin.sgpack", base="x", sources="y"), base="x", sources="y") == data


def test_the_shipped_pack_answers_by_its_policy_files() -> None:
    """Every role and scope on every permission and operation, every usage event, and what each is explained by."""
    source = shipped.default_pack()
    guard = Guard(lambda: load_program(source))
    other = Guard.default()
    assert list(parts(other._generation.program)) == list(parts(guard._generation.program))
    assert other.warnings == guard.warnings
    catalog = guard.catalog
    for channel in catalog.channels:
        for environment in catalog.environments:
            event = UsageEvent(channel, "text", "user", environment)
            assert other.classify(event) == guard.classify(event)


def test_sources_that_are_others_are_refused() -> None:
    """A compiled pack that is asked to be of certain policy files is refused where it is of others."""
    with folder() as place:
        (place / "pack.yaml").write_text("scopeguard: 1\n", encoding="utf-8")
        data = pack(load_program(place), sources=sources_of(str(place)))
        assert unpack(data, "x.sgpack", sources=sources_of(str(place))).catalog.surfaces == {}
        (place / "pack.yaml").write_text("scopeguard: 1 # edited\n", encoding="utf-8")
        with pytest.raises(PolicyError, match="SG114 a compiled pack of other policy files; compile the pack again"):
            unpack(data, "x.sgpack", sources=sources_of(str(place)))
