"""The verb that writes an access review: one page about a pack, to be read, printed and kept."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from scopeguard.cli import asking, covering, options, rendering, tabulating
from scopeguard.cli.looking import Looked, look
from scopeguard.cli.review_changes import changes_since
from scopeguard.cli.writing import replace
from scopeguard.errors import RequestError, counted
from scopeguard.guard import Guard
from scopeguard.runtime.matrix import Matrix
from scopeguard.testing.collecting import Packs, find_problems
from scopeguard.testing.coverage import cover

Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")]
Base = Annotated[
    str | None,
    typer.Option(
        "--base", metavar="PACK", help="What it is compared with: a path, or default. Default: base of scopeguard.toml."
    ),
]
_EXTRA: Final = "jinja2"


def write_report(
    output: Output,
    paths: options.Paths = None,
    with_default: options.WithDefault = False,
    base: Base = None,
) -> None:
    """Write who may do what, under which conditions and by which lines, what changed since a base, and what tests show.

    One file of HTML without scripts, which asks for nothing from anywhere.
    """
    looked = look(paths, with_default=with_default)
    page = _page(looked, base or looked.configuration.base)
    replace(output, page.encode("utf-8"))
    rendering.print_styled(f"wrote {output.as_posix()}")


def _page(looked: Looked, base: str | None) -> str:
    try:
        # An extra of its own.
        from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # see above
    except ModuleNotFoundError as error:
        if error.name != _EXTRA:
            raise
        raise RequestError("an access review needs its extra: pip install 'scopeguard-authz[report]'") from None
    text = files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(text)
    return template.render(_content(looked, base))


def _content(looked: Looked, base: str | None) -> dict[str, Any]:
    guard, matrix = _matrix(looked)
    catalog = guard.catalog
    changes = None if base is None else changes_since(base, looked, guard, lambda each: _matrix(each)[1])
    parts = {"permission": "permissions", "operation": "operations", "role": "roles", "scope": "scopes"}
    conditions = _conditions(matrix)
    return {
        "title": ", ".join(Path(path).name for path in looked.paths),
        "looked": str(looked),
        "digest": guard.digest,
        "size": ", ".join(counted(len(getattr(catalog, part)), word) for word, part in parts.items()),
        "findings": [str(each) for each in find_problems(looked.paths, with_default=looked.with_default)],
        "columns": [{"name": row, "asker": str(matrix.askers[row])} for row in matrix.rows],
        "matrix": list(_groups(guard, matrix, conditions)),
        "conditions": list(conditions),
        "changes": changes,
        "base": base,
        "coverage": _coverage(looked),
    }


def _matrix(looked: Looked) -> tuple[Guard, Matrix]:
    program = asking.read(looked)
    guard = Guard(lambda: program)
    # A key may have scopes that a base does not know: then its column is new.
    known = guard.catalog.scopes
    configured = looked.configuration.keys.items()
    keys = {name: held for name, held in configured if all(each.partition("/")[0] in known for each in held.split())}
    columns = tabulating.ColumnOptions(everybody=True, configured=keys)
    actions = [*guard.catalog.permissions, *guard.catalog.operations]
    return guard, tabulating.tabulate(guard, columns, actions)


def _conditions(matrix: Matrix) -> dict[str, int]:
    """Every condition that a cell has, with its number, in the order of the cells."""
    cells = (matrix[row, action] for action in matrix.columns for row in matrix.rows)
    texts = dict.fromkeys(text for cell in cells if cell.state == "conditional" for text in cell.texts)
    return {text: number for number, text in enumerate(texts, start=1)}


def _groups(guard: Guard, matrix: Matrix, conditions: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    order = {surface: number for number, surface in enumerate(guard.catalog.surfaces)}
    by_surface = sorted(matrix.columns, key=lambda action: order[_surface(guard, action)])
    for surface, actions in groupby(by_surface, lambda action: _surface(guard, action)):
        yield {"surface": surface, "lines": [_line(guard, matrix, action, conditions) for action in actions]}


def _surface(guard: Guard, action: str) -> str:
    return str(guard.catalog.surface_of(action))


def _line(guard: Guard, matrix: Matrix, action: str, conditions: Mapping[str, int]) -> dict[str, Any]:
    cells, may = [], []
    for row in matrix.rows:
        cell = matrix[row, action]
        numbers = [conditions[text] for text in cell.texts] if cell.state == "conditional" else []
        cells.append({"state": cell.state, "title": f"{row}: {cell}", "numbers": numbers})
        if cell.state != "deny":
            by = ", ".join(_decider(guard, each) for each in cell.rules)
            may.append({"column": row, "numbers": numbers, "by": by})
    return {"action": action, "cells": cells, "may": may}


def _decider(guard: Guard, id: str) -> str:
    place = guard.place(id)
    return id if place is None else f"{id} ({place})"


def _coverage(looked: Looked) -> dict[str, Any] | None:
    found = cover(looked.paths, Packs(with_default=looked.with_default))
    if not found.cells:
        return None
    gaps = [{"name": name, "place": str(place), "never": never} for name, place, never in covering.gaps(found)]
    return {"summary": covering.summary(found), "gaps": gaps}
