"""The verb that changes a pack, one word at a time, and asks whether any test notices."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scopeguard.cli import options, rendering
from scopeguard.cli.answering import DENIED
from scopeguard.cli.covering import FailUnder
from scopeguard.cli.looking import look
from scopeguard.cli.options import ReviewFormat
from scopeguard.deferred import Deferred
from scopeguard.errors import Severity, counted
from scopeguard.testing.mutation import Compare, Mutation, mutate, usual_processes

if TYPE_CHECKING:
    from scopeguard.testing import equivalence
else:
    # Importing a solver takes longer than most verbs.
    equivalence = Deferred("scopeguard.testing.equivalence")

Operators = Annotated[
    list[str] | None,
    typer.Option("--operator", "-o", metavar="NAME", help="Only mutants of this operator; repeatable."),
]
Processes = Annotated[
    int | None, typer.Option("--processes", metavar="N", min=1, help="Default: two, on two cores or more.")
]

_UNKNOWN: Final = (
    "which of them decide as the pack does, or break an invariant, is not known: pip install 'scopeguard-authz[prove]'"
)


def mutate_pack(
    paths: options.Paths = None,
    with_default: options.WithDefault = False,
    operators: Operators = None,
    fail_under: FailUnder = None,
    processes: Processes = None,
    output: options.ReviewOutput = ReviewFormat.PRETTY,
) -> None:
    """Make the mistakes that matter, one at a time, and tell which of them no test and no invariant notices.

    Exit status 1 where one is noticed by nobody; with --fail-under only where less than that percentage is noticed.
    """
    looked = look(paths, with_default=with_default)
    found = mutate(
        looked.paths,
        with_default=looked.with_default,
        operators=operators or (),
        compare=_comparison(),
        processes=processes or usual_processes(),
    )
    _FORMS[output](found)
    passed = not found.of("live") if fail_under is None else found.score >= fail_under
    raise typer.Exit(0 if passed else DENIED)


def _comparison() -> Compare | None:
    return None if find_spec("z3") is None else equivalence.first_difference


def _show(found: Mutation) -> None:
    for each in found.of("live"):
        rendering.print_styled(f"live  {each.mutant}", rendering.STYLES["warning"])
        if each.test is not None:
            rendering.print_styled("\n".join(f"    {line}" for line in each.test.splitlines()))
    rendering.print_styled(_summary(found))
    if not found.is_exact and found.of("live"):
        rendering.print_styled(_UNKNOWN)


def _summary(found: Mutation) -> str:
    parts = {
        "noticed": len(found.of("killed")),
        "do not load": len(found.of("refused")),
        "live": len(found.of("live")),
    }
    told = ", ".join(f"{number} {what}" for what, number in parts.items())
    same = len(found.of("equivalent"))
    # What is not whole is never rounded up to it.
    score = f"{int(found.score * 10) / 10:.1f}"
    return f"mutate: {score} %, {counted(found.counted, 'mutant')}: {told}; {same} more decide as the pack does"


def _show_to_github(found: Mutation) -> None:
    for each in found.of("live"):
        text = f"{each.mutant.subject}: {each.mutant.what}: no test and no invariant notices"
        rendering.write_raw(f"{rendering.annotation(Severity.WARNING, each.mutant.location, 'mutation', text)}\n")
    rendering.write_raw(f"{_summary(found)}\n")


def _show_as_markdown(found: Mutation) -> None:
    lines = [f"### {_summary(found)}", ""]
    for each in found.of("live"):
        lines += [f"- `{each.mutant.location}` {each.mutant.subject}: {rendering.cell(each.mutant.what)}"]
        if each.test is not None:
            lines += ["", *(f"  {line}" for line in ("```yaml", *each.test.splitlines(), "```")), ""]
    rendering.write_raw("\n".join([*lines, ""]))


def _show_as_json(found: Mutation) -> None:
    rendering.say_json({
        "score": int(found.score * 100) / 100,
        "counted": found.counted,
        "exact": found.is_exact,
        "mutants": [
            {
                "operator": each.mutant.operator,
                "subject": each.mutant.subject,
                "place": str(each.mutant.location),
                "what": each.mutant.what,
                "verdict": each.verdict,
                "by": each.by,
                "test": each.test,
            }
            for each in found.outcomes
        ],
    })  # fmt: skip


_FORMS: Final[Mapping[ReviewFormat, Callable[[Mutation], None]]] = MappingProxyType({
    ReviewFormat.PRETTY: _show,
    ReviewFormat.JSON: _show_as_json,
    ReviewFormat.GITHUB: _show_to_github,
    ReviewFormat.MARKDOWN: _show_as_markdown,
})  # fmt: skip
