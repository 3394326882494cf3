"""The options of the command: what each is called and what it says of itself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer


class Format(StrEnum):
    """How an answer is printed."""

    PRETTY = "pretty"
    JSON = "json"


class ExplainFormat(StrEnum):
    """How an explanation is printed."""

    PRETTY = "pretty"
    FULL = "full"
    JSON = "json"


class LintFormat(StrEnum):
    """How findings are printed."""

    PRETTY = "pretty"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class RunFormat(StrEnum):
    """How a run of tests is printed."""

    PRETTY = "pretty"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"
    SARIF = "sarif"


class PlainFormat(StrEnum):
    """How keys that were found are printed."""

    PRETTY = "pretty"
    JSON = "json"
    GITHUB = "github"


class ReviewFormat(StrEnum):
    """How what a review finds is printed."""

    PRETTY = "pretty"
    JSON = "json"
    GITHUB = "github"
    MARKDOWN = "markdown"


class MatrixFormat(StrEnum):
    """How a matrix is printed."""

    TABLE = "table"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"
    GITHUB = "github"


class DiffFormat(StrEnum):
    """How a comparison of two packs is printed."""

    PRETTY = "pretty"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    JSON = "json"


class Who(StrEnum):
    """How a principal is made: its kind, or that its credential is nobody's."""

    API_KEY = "api_key"
    MEMBER = "member"
    SESSION = "session"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"
    UNRECOGNIZED = "unrecognized"


class RowKind(StrEnum):
    """A kind of principals that has a column of its own."""

    API_KEY = "api_key"
    MEMBER = "member"
    SESSION = "session"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


Texts = list[str] | None
_DEFAULT: Final = "the pack of scopeguard.toml, else the shipped one"

Action = Annotated[
    str,
    typer.Argument(metavar="ACTION", help="A permission such as agents:write, or an operation such as agents.create."),
]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help=f"Policy files or folders. Default: {_DEFAULT}."),
]
Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Policy files or folders. Default: the pack of scopeguard.toml."),
]
CompiledOutput = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write; its name ends in .sgpack.")
]
CheckOnly = Annotated[bool, typer.Option("--check", help="Change nothing; exit status 1 where something would change.")]
Packs = Annotated[
    list[Path] | None,
    typer.Option(
        "--pack",
        "-p",
        metavar="PATH",
        help=f"A policy file or folder; repeatable. Default: {_DEFAULT}.",
    ),
]
WithDefault = Annotated[
    bool, typer.Option("--with-default", help="Load the shipped pack too, beneath the given paths.")
]

As = Annotated[Who, typer.Option("--as", help="The kind of the principal.")]
Id = Annotated[str | None, typer.Option("--id", metavar="ID", help="The principal's id. Default: someone.")]
Workspace = Annotated[str, typer.Option("--workspace", "-w", metavar="ID", help="The principal's workspace.")]
Scopes = Annotated[
    str | None,
    typer.Option("--scopes", "-s", metavar="SCOPES", help="Scopes of a key or session, separated by spaces."),
]
Roles = Annotated[Texts, typer.Option("--role", "-r", metavar="ROLE", help="A role of a member; repeatable.")]
Ceiling = Annotated[
    str | None,
    typer.Option("--ceiling", metavar="SCOPES", help="Permissions of the key's owner, separated by spaces."),
]
Attributes = Annotated[
    Texts,
    typer.Option(
        "--attribute", "-a", metavar="NAME=VALUE", help="More of the principal. A value is JSON, @instant or text."
    ),
]

Channel = Annotated[str | None, typer.Option("--channel", "-c", metavar="NAME", help="Where the request comes from.")]
RowChannel = Annotated[
    str | None,
    typer.Option("--channel", "-c", metavar="NAME", help="Default: keys from server, members in dashboard."),
]
Environment = Annotated[
    str, typer.Option("--environment", "-e", metavar="NAME", help="Such as production, preview or test.")
]
Now = Annotated[
    str | None, typer.Option("--now", metavar="TIME", help="When the request comes, such as 2026-01-31T12:00:00Z.")
]
Facts = Annotated[Texts, typer.Option("--fact", "-f", metavar="NAME=VALUE", help="What the host knows; repeatable.")]
More = Annotated[
    Texts, typer.Option("--context", metavar="NAME=VALUE", help="More of the context, such as ip=10.0.0.1; repeatable.")
]
ResourceId = Annotated[
    str | None, typer.Option("--resource", metavar="ID", help="The id of the resource that is asked about.")
]
ResourceWorkspace = Annotated[
    str | None,
    typer.Option("--resource-workspace", metavar="ID", help="Its workspace. Default: the principal's."),
]
ResourceAttributes = Annotated[
    Texts, typer.Option("--resource-attribute", metavar="NAME=VALUE", help="More of the resource; repeatable.")
]

RowRoles = Annotated[
    Texts, typer.Option("--role", "-r", metavar="ROLE", help="A column for a member of this role; repeatable.")
]
RowKeys = Annotated[
    Texts, typer.Option("--key", "-k", metavar="NAME=SCOPES", help="A column for a key with these scopes; repeatable.")
]
RowSessions = Annotated[
    Texts,
    typer.Option("--session", metavar="NAME=SCOPES", help="A column for a session with these scopes; repeatable."),
]
RowKinds = Annotated[
    list[RowKind] | None,
    typer.Option("--kind", help="A column for a principal of this kind that holds nothing; repeatable."),
]
RowAttributes = Annotated[
    Texts,
    typer.Option(
        "--attribute", metavar="NAME=VALUE", help="An attribute of every principal; null: it is absent. Repeatable."
    ),
]
Everybody = Annotated[
    bool, typer.Option("--all", help="Columns for every role, coarse scope and kind, beside those that are named.")
]
Surfaces = Annotated[
    Texts, typer.Option("--surface", "-s", metavar="SURFACE", help="Only lines of this surface; repeatable.")
]
Actions = Annotated[Texts, typer.Option("--action", "-a", metavar="ACTION", help="Only this line; repeatable.")]

Undeclared = Annotated[
    bool,
    typer.Option(
        "--undeclared", help="Ask with roles, scopes and resource attributes too that the pack does not have."
    ),
]

Output = Annotated[Format, typer.Option("--format", help="How to print the answer.")]
ExplainOutput = Annotated[
    ExplainFormat, typer.Option("--format", help="How to print the explanation; full has every clause.")
]
Golden = Annotated[
    Path | None,
    typer.Option(
        "--golden",
        metavar="FILE",
        help="Compare with this file, .md or .csv, by the command that is in it; status 1 where a cell differs.",
    ),
]
OfPack = Annotated[bool, typer.Option("--pack", help="With the names of the pack, and what each of them is.")]
CheckGolden = Annotated[bool, typer.Option("--check", help="Compare with the golden matrix of scopeguard.toml.")]
Update = Annotated[bool, typer.Option("--update", help="Write the file anew, or that of scopeguard.toml.")]
MatrixOutput = Annotated[
    MatrixFormat,
    typer.Option("--format", help="How to print the matrix, or with --golden the differences: table, json, github."),
]
LintOutput = Annotated[LintFormat, typer.Option("--format", help="How to print the findings.")]
TestPaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH",
        help=f"Folders, policy files or *_test.yaml files. Default: {_DEFAULT}.",
    ),
]
ReviewOutput = Annotated[ReviewFormat, typer.Option("--format", help="How to print what is found.")]
RunOutput = Annotated[RunFormat, typer.Option("--format", help="How to print what came of the tests.")]
Words = Annotated[
    str, typer.Option("--keyword", "-k", metavar="WORDS", help="Only cells whose id holds each of these words.")
]
Fix = Annotated[bool, typer.Option("--fix", help="Write what a finding knows the exact correction of into the files.")]
Strict = Annotated[bool, typer.Option("--strict", help="Count warnings as findings too.")]

Compared = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="OLD NEW",
        help="Two packs; with --git or --base the new one alone, by default that of the configuration.",
    ),
]
Revision = Annotated[
    str | None, typer.Option("--git", metavar="REF", help="Compare with the pack as it is at a revision of git.")
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="PACK", help="Compare with this pack; default is the shipped one."),
]
AcceptFile = Annotated[
    Path | None,
    typer.Option(
        "--accept",
        metavar="FILE",
        help="Accepted changes, each by its id and with a reason. Default: accept of scopeguard.toml.",
    ),
]
DiffOutput = Annotated[DiffFormat, typer.Option("--format", help="How to print the changes.")]
