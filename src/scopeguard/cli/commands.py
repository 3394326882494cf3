"""The verbs as a class of commands: an option that takes one value is given once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from scopeguard.errors import RequestError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable


class Verb(TyperCommand):
    """A verb that refuses an option with one value where it is given twice.

    The parser keeps the last one, so that the answer would be to a question that nobody asked. It is refused for every
    option of every verb, by what the parser says it came across, and not by a list of them.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as any command does, then look at what was given. Raises RequestError."""
        given = list(args)
        rest = super().parse_args(ctx, args)
        _, _, order = self.make_parser(ctx).parse_args(args=given)
        seen: set[str | None] = set()
        for param in order:
            if param.name in seen and not (param.multiple or getattr(param, "is_flag", False)):
                raise RequestError(f"{quoted(max(param.opts, key=len))} is given twice")
            seen.add(param.name)
        return rest


class Verbs(typer.Typer):
    """A group whose verbs are all of that class."""

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """As ``Typer.command``."""
        return super().command(name, cls=Verb, **settings)
