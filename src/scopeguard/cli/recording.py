"""The command of a golden matrix: written into the file, and run again from there."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from scopeguard.testing.golden import read_golden
from scopeguard.testing.golden_parser import Command, GoldenError

_OF_THE_FILE: Final = frozenset({"golden", "check_golden", "update", "output"})
"""What is asked about the file, and is no part of what it holds."""
_USAGE: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""What is raised for options that do not parse."""


def arguments(asked: Any) -> str:
    """What a command was given, but for what is asked about the file, as one text for a shell.

    *asked* is a context of the library that parses options, which has more than one class of them.
    """
    return shlex.join(_words(asked))


def run_recorded(asked: typer.Context, file: Path) -> bool:
    """Run the command that is written in *file* in the place of one that has no options of its own.

    Returns whether there is such a command. Raises GoldenError for one that is malformed.
    """
    command = None if arguments(asked) or not file.exists() else read_golden(file).command
    if command is None:
        return False
    try:
        words = shlex.split(command.arguments)
        for word in asked.help_option_names:
            if word in words:
                raise _malformed(command, f"{word} is no part of it")
        again = asked.command.make_context(asked.info_name, words, parent=asked.parent)
    except (ValueError, _USAGE) as error:
        raise _malformed(command, getattr(error, "message", str(error))) from None
    for parameter in asked.command.params:
        if parameter.name in _OF_THE_FILE and again.params[parameter.name] not in {None, parameter.default}:
            raise _malformed(command, f"{parameter.opts[0]} is no part of it")
    if not arguments(again):
        return False
    again.params.update({name: asked.params[name] for name in _OF_THE_FILE})
    with again:
        asked.command.invoke(again)
    return True


def _malformed(command: Command, why: str) -> GoldenError:
    return GoldenError(command.location.file, f"the command that made it: {why}", command.location)


def _words(asked: Any) -> Iterator[str]:
    for parameter in asked.command.params:
        name = parameter.name or ""
        value: Any = asked.params.get(name)
        if name in _OF_THE_FILE or not value or value == parameter.default:
            continue
        values = value if isinstance(value, list | tuple) else [value]
        for each in values:
            text = each.as_posix() if isinstance(each, Path) else str(each)
            if parameter.param_type_name == "argument":
                yield text
            elif each is True:
                yield parameter.opts[0]
            else:
                yield from (parameter.opts[0], text)
