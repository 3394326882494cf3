"""``help()`` of what users call names every parameter, and says what is raised."""

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import scopeguard
from scopeguard import AccessRequest, Context, Decision, Diagnostic, Guard, Location, Principal, Resource, UsageEvent

BUILT = [AccessRequest, Context, Decision, Diagnostic, Location, Resource, UsageEvent]
"""What hosts and tests construct; principals and guards have methods for it."""

EXTRAS = [
    "http", "keys", "decisionlog", "reloading", "testing", "cel", "integrations.fastapi", "integrations.starlette",
    "integrations.django", "integrations.flask", "integrations.sqlalchemy", "integrations.polars", "integrations.duckdb",
    "integrations.otel", "integrations.prometheus",
]  # fmt: skip
"""Modules of extras, that of Django REST framework aside: it reads the settings of a project where it is imported."""
NOT_FOR_HOSTS = re.compile(r"\.Columns\.(?!permitted|verify)|\.process_(view|exception)$")
"""What a base class or a framework calls."""


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


def calls_of_extras() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of modules, and the methods of their classes, inherited ones too."""
    for module in EXTRAS:
        home = import_module(f"scopeguard.{module}")
        for name in getattr(home, "__all__", ("instrument", "Reloader")):
            thing = getattr(home, name, None)
            if inspect.isclass(thing):
                methods = inspect.getmembers(thing, lambda each: inspect.isfunction(each) or inspect.ismethod(each))
                yield from ((f"{module}.{name}.{key}", each) for key, each in methods if not key.startswith("_"))
            elif inspect.isfunction(thing):
                yield f"{module}.{name}", thing


def test_parameters_of_extras_are_named() -> None:
    """The same of what extras bring: what is only the asynchronous twin of another says so."""
    found = {}
    for name, called in calls_of_extras():
        text, home = inspect.getdoc(called) or "", called.__module__
        if home.startswith("scopeguard.") and not text.startswith("As ``") and not NOT_FOR_HOSTS.search(name):
            names = [each for each in inspect.signature(called).parameters if each not in {"self", "cls"}]
            missing = [each for each in names if not re.search(rf"\*{each}\*|``{each}\b|\({each}=", text)]
            if missing:
                found[name] = missing
    assert found == {}


def test_every_public_module_is_on_a_page() -> None:
    """Of its docstrings; the back ends for frames have the names of the one for SQLAlchemy."""
    page = (Path(__file__).resolve().parents[2] / "docs/reference/api-extras.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\.\. automodule:: scopeguard\.([\w.]+)$", page, re.MULTILINE))
    assert {*EXTRAS, "integrations.drf", "conditions", "analysis"} - {
        "integrations.polars",
        "integrations.duckdb",
    } == shown
