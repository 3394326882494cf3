"""The verb about the routes of an application."""

import sys
from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer
from msgspec import to_builtins

from scopeguard.cli import rendering
from scopeguard.cli.options import Format
from scopeguard.errors import RequestError, counted, quoted
from scopeguard.http import Closure, Mark, RouteDescription, closure_of_app

Target = Annotated[
    str,
    typer.Argument(metavar="MODULE:APP", help="An application that an Authz is installed in, or what makes one."),
]
Output = Annotated[Format, typer.Option("--format", help="How to print the answer.")]

_TITLES: Final[Mapping[str, str]] = MappingProxyType({
    "unmarked": "routes without a check",
    "unknown_action": "routes that ask what the pack does not have",
    "gates_passed_by": "routes that pass by the gates of operations",
    "unreachable": "routes that ask what no one can hold",
})  # fmt: skip


def show(target: str, output: Format) -> bool:
    """Print what routes and pack say of each other; whether anything is wrong with a route."""
    found = closure_of_app(_application(target))
    if output is Format.JSON:
        rendering.say_json(_data(found))
    else:
        _print(found)
    return bool(found.findings)


def _application(target: str) -> Any:
    """The application of ``module:app``, made where it is a function. Raises RequestError for what is none."""
    module, colon, name = target.partition(":")
    if not (module and colon and name):
        raise RequestError(f"an application is written as module:app, not {quoted(target)}")
    # As servers have it: modules are looked for where the command is run.
    sys.path.insert(0, str(Path.cwd()))
    try:
        found: Any = resolve_name(target)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise RequestError(f"there is no module {quoted(module)} here") from None
    except (AttributeError, ValueError):
        raise RequestError(f"the module {quoted(module)} has no {quoted(name)}") from None
    return found() if callable(found) and not hasattr(found, "__scopeguard__") and _is_factory(found) else found


def _is_factory(found: Any) -> bool:
    return hasattr(found, "__code__") and found.__code__.co_argcount == 0


def _print(found: Closure) -> None:
    for route in found.routes:
        asks = ", ".join(map(str, route.marks)) or "nothing"
        rendering.print_styled(f"{route}: {asks}")
    for kind, title in _TITLES.items():
        findings = [each for each in found.findings if each.kind == kind]
        if findings:
            rendering.print_styled(f"\n{title}:")
        for each in findings:
            rendering.print_styled(f"  {each}", rendering.STYLES["error"])
    if found.unused_scopes:
        rendering.print_styled("\nscopes that guard no route:")
        rendering.print_styled(f"  {' '.join(found.unused_scopes)}")
    rendering.print_styled(f"\n{counted(len(found.routes), 'route')}, {counted(len(found.findings), 'finding')}")


def _data(found: Closure) -> dict[str, Any]:
    return {
        "routes": [_route(route) for route in found.routes],
        "findings": [{"kind": each.kind, "text": each.text, "route": _route(each.route)} for each in found.findings],
        "unused_scopes": found.unused_scopes,
    }


def _route(route: RouteDescription) -> dict[str, Any]:
    return {**to_builtins(route), "marks": [_mark(mark) for mark in route.marks]}


def _mark(mark: Mark) -> dict[str, Any]:
    return {"asks": mark.verb, "action": mark.action, "ungated": mark.ungated}
