"""``help()`` of what users call names every parameter, and says what is raised."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import scopeguard
from scopeguard import AccessRequest, Context, Decision, Diagnostic, Guard, Location, Principal, Resource, UsageEvent

BUILT = [AccessRequest, Context, Decision, Diagnostic, Location, Resource, UsageEvent]
"""What hosts and tests construct; principals and guards have methods for it."""


def calls() -> Iterator[tuple[str, Callable[..., Any]]]:
    """What a host calls: constructors, and the methods of the three classes that it uses."""
    yield from ((each.__name__, each) for each in BUILT)
    for each in (Guard, Principal, Decision):
        for name, member in vars(each).items():
            function = member.__func__ if isinstance(member, classmethod) else member
            if inspect.isfunction(function) and not name.startswith("_"):
                yield f"{each.__name__}.{name}", function


@pytest.mark.parametrize(("name", "called"), list(calls()))
def test_parameters_are_named(name: str, called: Callable[..., Any]) -> None:
    """Each public parameter is in the docstring, in the form in which the other ones are: ``*name*``."""
    text = inspect.getdoc(called) or ""
    names = [each for each in inspect.signature(called).parameters if each not in {"self", "cls"} and each[0] != "_"]
    assert [each for each in names if not re.search(rf"\*{each}\*|``{each}\b|\({each}=", text)] == []


def test_public_names_have_docstrings() -> None:
    """Each public name, and each public member of it, has one."""
    for name in scopeguard.__all__:
        thing = getattr(scopeguard, name)
        if inspect.isclass(thing):
            assert inspect.getdoc(thing), name
            bare = [
                key for key, member in vars(thing).items()
                if not key.startswith("_") and (inspect.isfunction(member) or isinstance(member, property | classmethod))
                and not inspect.getdoc(member)
            ]  # fmt: skip
            assert bare == [], name
