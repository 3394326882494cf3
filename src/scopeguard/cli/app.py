"""The verbs of the command and their options."""

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from scopeguard.cli import asking, rendering
from scopeguard.cli.asking import Question
from scopeguard.compiling.loading import find_problems
from scopeguard.documents.jsonschema import schema_text
from scopeguard.errors import Diagnostic, PolicyError, RequestError, ScopeguardError, Severity
from scopeguard.guard import Guard
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.listing import Matrix
from scopeguard.shipped import policies

DENIED: Final = 1
"""Exit status of a denial, and of findings."""
USAGE: Final = 2
"""Exit status of a question that makes no sense."""
UNLOADABLE: Final = 3
"""Exit status where a pack does not load."""


class Format(StrEnum):
    """How an answer is printed."""

    PRETTY = "pretty"
    FULL = "full"
    JSON = "json"


class LintFormat(StrEnum):
    """How findings are printed."""

    PRETTY = "pretty"
    JSON = "json"
    GITHUB = "github"


class MatrixFormat(StrEnum):
    """How a matrix is printed."""

    TABLE = "table"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"


class Who(StrEnum):
    """The kinds of principals."""

    API_KEY = "api_key"
    MEMBER = "member"
    SESSION = "session"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


Action = Annotated[
    str, typer.Argument(help="A permission such as agents:write, or an operation such as agents.create.")
]
Packs = Annotated[
    list[Path] | None,
    typer.Option("--pack", "-p", help="A policy file or folder; repeatable. Default: the shipped pack."),
]
WithDefault = Annotated[
    bool, typer.Option("--with-default", help="Load the shipped pack too, beneath the given paths.")
]
As = Annotated[Who, typer.Option("--as", help="The kind of the principal.")]
Id = Annotated[str | None, typer.Option("--id", help="The principal's id.")]
Workspace = Annotated[str, typer.Option("--workspace", "-w", help="The principal's workspace.")]
Scopes = Annotated[str, typer.Option("--scopes", "-s", help="Scopes of a key or session, separated by spaces.")]
Roles = Annotated[list[str] | None, typer.Option("--role", "-r", help="A role of a member; repeatable.")]
Ceiling = Annotated[str | None, typer.Option("--ceiling", help="Permissions of the key's owner, separated by spaces.")]
Attributes = Annotated[
    list[str] | None,
    typer.Option("--attribute", "-a", help="name=value of the principal; the value is JSON, @instant or text."),
]
Channel = Annotated[str | None, typer.Option("--channel", "-c", help="Where the request comes from.")]
Environment = Annotated[str, typer.Option("--environment", "-e", help="production, preview or test.")]
Now = Annotated[str | None, typer.Option("--now", help="The time of the request, such as 2026-01-31T12:00:00Z.")]
Facts = Annotated[list[str] | None, typer.Option("--fact", "-f", help="name=value of what the host knows.")]
More = Annotated[list[str] | None, typer.Option("--context", help="name=value of the context, such as ip=10.0.0.1.")]
ResourceId = Annotated[str | None, typer.Option("--resource", help="The id of the resource that is asked about.")]
ResourceWorkspace = Annotated[str | None, typer.Option("--resource-workspace", help="The resource's workspace.")]
ResourceAttributes = Annotated[
    list[str] | None, typer.Option("--resource-attribute", help="name=value of the resource.")
]
Output = Annotated[Format, typer.Option("--format", help="How to print the answer; full explains with every clause.")]

app = typer.Typer(
    name="scopeguard",
    help="Ask policies, and check them. Exit status: 0 yes or clean, 1 denied or findings, 2 usage, 3 a pack that "
    "does not load.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _about(answer: Callable[[Guard, str, Question, Format], bool]) -> Callable[..., None]:
    """A verb about one request: its options make the question, *answer* prints and tells whether it is allowed."""

    def verb(
        action: Action,
        packs: Packs = None,
        with_default: WithDefault = False,
        kind: As = Who.API_KEY,
        id: Id = None,
        workspace: Workspace = "ws_1",
        scopes: Scopes = "",
        roles: Roles = None,
        ceiling: Ceiling = None,
        attributes: Attributes = None,
        channel: Channel = None,
        environment: Environment = "production",
        now: Now = None,
        facts: Facts = None,
        context: More = None,
        resource: ResourceId = None,
        resource_workspace: ResourceWorkspace = None,
        resource_attributes: ResourceAttributes = None,
        output: Output = Format.PRETTY,
    ) -> None:
        question = Question(
            kind=kind,
            id=id,
            workspace=workspace,
            scopes=scopes,
            roles=roles or (),
            ceiling=ceiling,
            attributes=attributes or (),
            channel=channel,
            environment=environment,
            now=now,
            facts=facts or (),
            context_attributes=context or (),
            resource_id=resource,
            resource_workspace=resource_workspace,
            resource_attributes=resource_attributes or (),
        )
        guard = asking.load(packs or (), with_default=with_default)
        raise typer.Exit(0 if answer(guard, action, question, output) else DENIED)

    verb.__doc__ = answer.__doc__
    return verb


def check(guard: Guard, action: str, question: Question, output: Format) -> bool:
    """Whether a principal may do something, and why."""
    about = question.resource(asking.surface_of(guard, action))
    decision = guard.check(question.principal(), action, about, question.context())
    if output is Format.JSON:
        rendering.say_json(decision.to_dict())
    else:
        rendering.say(str(decision), rendering.STYLES[decision.effect])
    return decision.allowed


def explain(guard: Guard, action: str, question: Question, output: Format) -> bool:
    """Every rule that was looked at, with its clauses, and the nearest change that would allow."""
    about = question.resource(asking.surface_of(guard, action))
    found = guard.explain(question.principal(), action, about, question.context())
    match output:
        case Format.JSON:
            rendering.say_json(found.to_dict())
        case Format.FULL:
            rendering.say(found.text(every_clause=True))
        case Format.PRETTY:
            rendering.say(str(found))
    return found.decision.allowed


app.command("check", epilog='Example: scopeguard check agents:write --scopes "agents:write" --channel server')(
    _about(check)
)
app.command("explain", epilog="Example: scopeguard explain api_keys:create --as member --role admin -c dashboard")(
    _about(explain)
)


@app.command(epilog='Example: scopeguard matrix --role admin --key "reader=workspace:read" --surface agents')
def matrix(
    packs: Annotated[
        list[Path] | None, typer.Argument(help="Policy files or folders. Default: the shipped pack.")
    ] = None,
    with_default: WithDefault = False,
    roles: Annotated[list[str] | None, typer.Option("--role", "-r", help="A column for a member of this role.")] = None,
    keys: Annotated[
        list[str] | None, typer.Option("--key", "-k", help='A column for a key: "name=scopes", or scopes alone.')
    ] = None,
    surfaces: Annotated[list[str] | None, typer.Option("--surface", "-s", help="Only lines of this surface.")] = None,
    actions: Annotated[list[str] | None, typer.Option("--action", "-a", help="Only this line.")] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", "-c", help="Default: keys from server, members in dashboard.")
    ] = None,
    output: Annotated[MatrixFormat, typer.Option("--format", help="How to print the matrix.")] = MatrixFormat.TABLE,
) -> None:
    """Who may do what: one line a permission, one column a principal; every role and coarse scope by default."""
    guard = asking.load(packs or (), with_default=with_default)
    found = _tabulated(guard, roles, keys, _columns(guard, surfaces or [], actions or []), channel)
    match output:
        case MatrixFormat.TABLE:
            rendering.show_matrix(found)
        case MatrixFormat.CSV:
            sys.stdout.write(found.to_csv())
        case MatrixFormat.MARKDOWN:
            sys.stdout.write(found.to_markdown())
        case MatrixFormat.JSON:
            rendering.say_json(found.to_dict())


def _columns(guard: Guard, surfaces: list[str], actions: list[str]) -> list[str]:
    for name in surfaces:
        if name not in guard.catalog.surfaces:
            raise RequestError(f'no surface "{name}" in the catalog')
    chosen = [*actions, *(item for name in surfaces for item in guard.catalog.surfaces[name].permissions)]
    return list(dict.fromkeys(chosen)) or list(guard.catalog.permissions)


def _tabulated(
    guard: Guard, roles: list[str] | None, keys: list[str] | None, columns: list[str], channel: str | None
) -> Matrix:
    catalog = guard.catalog
    if not roles and not keys:
        roles, keys = list(catalog.roles), [scope for scope in catalog.scopes if scope not in catalog.permissions]
    members = {}
    for role in roles or ():
        if role not in catalog.roles:
            raise RequestError(f'no role "{role}" in the catalog')
        members[role] = Principal.member(f"member.{role}", workspace="ws_1", roles=[role])
    holders = {}
    for text in keys or ():
        name, equals, scopes = text.partition("=")
        holders[name] = Principal.api_key(f"key.{name}", workspace="ws_1", scopes=scopes if equals else name)
    parts = [
        guard.matrix(group, columns, Context(channel=channel or (usual if usual in catalog.channels else None)))
        for group, usual in ((members, "dashboard"), (holders, "server"))
    ]
    cells = {place: cell for part in parts for place, cell in part.cells.items()}
    if len(cells) != sum(len(part.cells) for part in parts):
        raise RequestError("a key has the name of a role")
    return Matrix(tuple(row for part in parts for row in part.rows), tuple(columns), cells, guard.digest)


@app.command(epilog="Example: scopeguard lint --with-default policies/mine")
def lint(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Policy files or folders. Default: the shipped pack.")
    ] = None,
    with_default: WithDefault = False,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as findings too.")] = False,
    output: Annotated[LintFormat, typer.Option("--format", help="How to print the findings.")] = LintFormat.PRETTY,
) -> None:
    """Everything that is wrong with a pack: file, line, column, what it is and how to mend it."""
    given = list(paths or ())
    found = find_problems([policies() / "workspace", *given] if with_default or not given else given)
    match output:
        case LintFormat.PRETTY:
            rendering.show_diagnostics(found)
        case LintFormat.JSON:
            rendering.say_json([each.to_dict() for each in found])
        case LintFormat.GITHUB:
            for each in found:
                sys.stdout.write(rendering.github(each) + "\n")
    raise typer.Exit(DENIED if any(strict or each.severity is Severity.ERROR for each in found) else 0)


@app.command(epilog="Example: scopeguard schema > policies/schema.json")
def schema() -> None:
    """The JSON Schema of policy files, for editors."""
    sys.stdout.write(schema_text())


def run() -> None:
    """Run the command and leave with its exit status."""
    try:
        app()
    except PolicyError as error:
        _complain(error.diagnostics)
        raise SystemExit(UNLOADABLE) from None
    except ScopeguardError as error:
        rendering.say(f"error: {error}", rendering.STYLES["error"], stream=sys.stderr)
        raise SystemExit(USAGE) from None


def _complain(diagnostics: tuple[Diagnostic, ...]) -> None:
    for each in diagnostics:
        rendering.say(str(each), stream=sys.stderr)
    rendering.say(f"the pack does not load: {rendering.summary(diagnostics)}", stream=sys.stderr)
