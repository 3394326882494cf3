"""An option that takes one value is given once: of two the parser takes the last, and answers what nobody asked."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from scopeguard.cli.app import app
from tests.cli.conftest import Run


def _verbs(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, verb in getattr(command, "commands", {}).items():
        yield from _verbs(verb, *words, name)
    if words and not hasattr(command, "commands"):
        yield words, command


def _value(param: Any) -> str:
    # What is one of several words has one of them as its default, but for that of the scanner.
    default = getattr(param.default, "value", param.default)
    words = {"scanner": "gitleaks", "kinds": "member"}
    return words.get(param.name) or ("1" if default in (None, "") else str(default))


def _each(*, single: bool) -> Iterator[Any]:
    for words, verb in _verbs(typer.main.get_command(app)):
        needed = [_value(each) for each in verb.params if each.param_type_name == "argument" and each.required]
        others = [each for each in verb.params if each.param_type_name == "option" and each.required]
        for param in verb.params:
            if param.param_type_name == "option" and (not param.multiple and not param.is_flag) is single:
                rest = [text for each in others if each is not param for text in (each.opts[0], _value(each))]
                values = [] if param.is_flag else [_value(param)]
                # Once by each of its names, where it has two.
                given = [param.opts[0], *values, param.opts[-1], *values]
                yield pytest.param(
                    words, [*needed, *rest, *given], max(param.opts, key=len), id=" ".join((*words, param.opts[0]))
                )


SINGLE, OTHERS = list(_each(single=True)), list(_each(single=False))


def test_there_are_such_options() -> None:
    """What is looked at below is every verb: most of them have one."""
    assert len(SINGLE) > 50
    assert len(OTHERS) > 30
    assert len({each.values[0] for each in SINGLE}) > 15


@pytest.mark.parametrize(("words", "arguments", "name"), SINGLE)
def test_an_option_with_one_value_is_given_once(run: Run, words: list[str], arguments: list[str], name: str) -> None:
    """Of every verb, before anything is read."""
    done = run(*words, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert f'"{name}" is given twice' in done.stderr
    assert done.looked == ""


@pytest.mark.parametrize(("words", "arguments", "name"), OTHERS)
def test_others_may_be_repeated(words: tuple[str, ...], arguments: list[str], name: str) -> None:
    """Those that take several values, and flags, which say the same twice."""
    verb: Any = dict(_verbs(typer.main.get_command(app)))[words]
    assert name in arguments
    verb.make_context(words[-1], arguments)


def test_help_is_help(run: Run) -> None:
    """Whoever asks for it gets it."""
    assert run("check", "-s", "a", "-s", "b", "--help").returncode == 0
