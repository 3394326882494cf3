"""The verbs as a class of commands: what each of them does with its options, and where a pack does not load."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import typer
from typer.core import TyperCommand

from scopeguard.cli import rendering
from scopeguard.cli.sarif import to_sarif
from scopeguard.errors import Diagnostic, PolicyError, RequestError, quoted

UNLOADED: Final[Mapping[str, Callable[[Sequence[Diagnostic], str], None]]] = MappingProxyType(
    {
        "json": lambda found, _: rendering.show_diagnostics_as_json(found),
        "github": rendering.show_diagnostics_to_github,
        "sarif": lambda found, _: rendering.say_json(to_sarif(found)),
        "csv": lambda found, _: rendering.show_diagnostics_as_csv(found),
        "markdown": lambda found, verb: rendering.write_raw(
            rendering.markdown(verb, found, rendering.not_loaded(found))
        ),
    }
)
"""What the formats of files and for machines have in the place of the answer of a verb: the findings."""


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


class AnsweringVerb(Verb):
    """A verb whose report has no place of its own for what does not load."""

    def invoke(self, ctx: Any) -> Any:
        """Answer, or tell machines why there is no answer: an empty report reads as one without findings."""
        try:
            return super().invoke(ctx)
        except PolicyError as error:
            output = ctx.params.get("output")
            if output in UNLOADED:
                UNLOADED[output](error.diagnostics, ctx.command_path)
            raise


class Verbs(typer.Typer):
    """A group whose verbs are all of that class."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = AnsweringVerb, **settings: Any
    ) -> Callable[[Any], Any]:
        """As ``Typer.command``."""
        return super().command(name, cls=cls, **settings)
