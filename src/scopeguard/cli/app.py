"""The verbs of the command."""

import io
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Final, NoReturn

import typer

from scopeguard import __version__
from scopeguard.checking.pack_schema import pack_schema
from scopeguard.cli import (
    access,
    access_report,
    answering,
    asking,
    codes,
    compiling,
    covering,
    diffing,
    keys,
    log,
    matrices,
    mutating,
    options,
    proving,
    rendering,
    routes,
    starting,
    testing,
)
from scopeguard.cli.answering import DENIED
from scopeguard.cli.commands import Verb, Verbs
from scopeguard.cli.correcting import correct
from scopeguard.cli.formatting import format_files
from scopeguard.cli.looking import look
from scopeguard.cli.options import LintFormat, PlainFormat, RunFormat
from scopeguard.cli.sarif import to_sarif
from scopeguard.documents.jsonschema import schema_text
from scopeguard.errors import Diagnostic, PolicyError, RequestError, ScopeguardError, Severity, counted, quoted
from scopeguard.testing.collecting import examine

USAGE: Final = 2
"""Exit status of a question that makes no sense, and where nothing can be answered."""
UNLOADABLE: Final = 3
"""Exit status where a pack or a file of tests does not load."""

_FINDINGS: Final[Mapping[LintFormat, Callable[[Sequence[Diagnostic]], None]]] = MappingProxyType(
    {
        LintFormat.PRETTY: rendering.show_diagnostics,
        LintFormat.JSON: rendering.show_diagnostics_as_json,
        LintFormat.GITHUB: lambda found: rendering.show_diagnostics_to_github(found, "scopeguard lint"),
        LintFormat.SARIF: lambda found: rendering.say_json(to_sarif(found)),
    }
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that control a terminal, are invisible, or represent bytes that are no text."""

_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

app = Verbs(
    name="scopeguard",
    help="Ask policies, and check them. Exit status: 0 allowed or clean, 1 denied, findings or failed tests, "
    "2 usage, 3 a pack or tests that do not load.",
    context_settings=_SETTINGS,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


keys_app = Verbs(
    help="API keys where they must not be.", context_settings=_SETTINGS, no_args_is_help=True, rich_markup_mode=None
)
log_app = Verbs(help="Decision logs.", context_settings=_SETTINGS, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(log_app, name="log", short_help="Decision logs.")
app.add_typer(keys_app, name="keys", short_help="API keys where they must not be.")


def _example(*lines: str) -> str:
    # The mark keeps the lines as they are, to be copied.
    return "\b\n" + "\n".join(f"Example: {line}" for line in lines)


def _tell_version(asked: bool) -> None:
    if asked:
        rendering.print_styled(f"scopeguard {__version__}")
        raise typer.Exit


@app.callback()
def command(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What every verb has in common: nothing but its help."""


app.command(
    "check",
    short_help="Whether a principal may do something, and why.",
    epilog=_example(
        'scopeguard check agents:write --scopes "agents:write" --channel server',
        "scopeguard check members:view --as member --role admin --channel dashboard",
    ),
)(answering.verb_of(answering.check, options.Output))
app.command(
    "explain",
    short_help="Every rule that was looked at for a request.",
    epilog=_example("scopeguard explain api_keys:create --as member --role admin --channel dashboard"),
)(answering.verb_of(answering.explain, options.ExplainOutput))


app.command(
    "who",
    short_help="Which roles, scopes and kinds may do something.",
    epilog=_example("scopeguard who members:remove", "scopeguard who agents.create --pack policies/mine"),
)(access.who)
app.command(
    "what",
    short_help="What a role, scope or kind may do.",
    epilog=_example("scopeguard what role:admin", 'scopeguard what "key:bot=agents:write users:read"'),
)(access.what)


app.command(
    "matrix",
    short_help="Who may do what, as a table.",
    epilog=_example(
        'scopeguard matrix --role admin --key "reader=workspace:read" --surface agents',
        "scopeguard matrix --all --golden access.md --update",
        "scopeguard matrix --golden access.md",
    ),
)(matrices.matrix)


@app.command(
    short_help="Everything that is wrong with a pack.",
    epilog=_example(
        "scopeguard lint --with-default policies/mine",
        "scopeguard lint policies --format github",
        "scopeguard lint --fix policies/mine",
    ),
)
def lint(
    paths: options.Paths = None,
    with_default: options.WithDefault = False,
    strict: options.Strict = False,
    fix: options.Fix = False,
    output: options.LintOutput = LintFormat.PRETTY,
) -> None:
    """Everything that is wrong with a pack and its tests: file, line, column, what it is and how to fix it."""
    looked = look(paths, with_default=with_default, own=fix)
    if fix:
        made, (found, proved) = correct(looked.paths, with_default=looked.with_default)
        # Data is for programs, and the edits are in the files.
        stream = sys.stdout if output is LintFormat.PRETTY else sys.stderr
        for each in made:
            rendering.print_styled(str(each), stream=stream)
    else:
        found, proved = examine(looked.paths, with_default=looked.with_default)
    strict = strict or looked.configuration.strict
    _FINDINGS[output](found)
    if output is LintFormat.PRETTY and proved:
        rendering.print_styled(f"{counted(proved, 'invariant')} proved")
    raise typer.Exit(DENIED if any(strict or each.severity is Severity.ERROR for each in found) else 0)


@app.command(
    "test",
    cls=Verb,  # its own reports tell what does not load
    short_help="Whether the policies answer as their tests say.",
    epilog=_example("scopeguard test policies/mine", 'scopeguard test -k "roles agents:" --format junit > report.xml'),
)
def run_tests(
    paths: options.TestPaths = None,
    with_default: options.WithDefault = False,
    words: options.Words = "",
    output: options.RunOutput = RunFormat.PRETTY,
) -> None:
    """Run the tests of policy files and of *_test.yaml files; exit status 1 where one fails, or where none is found."""
    raise typer.Exit(0 if testing.passes(look(paths, with_default=with_default), words, output) else DENIED)


app.command(
    "rule",
    short_help="What a diagnostic or decision code means.",
    epilog=_example("scopeguard rule SG302", "scopeguard rule scope_missing"),
)(codes.show)
app.command(
    "init",
    short_help="Begin a pack with its configuration and tests.",
    epilog=_example("scopeguard init", "scopeguard init --alone services/billing"),
)(starting.start)
app.command(
    "report",
    short_help="An access review as one page of HTML.",
    epilog=_example(
        "scopeguard report --output review.html", "scopeguard report policies/mine --base default -o review.html"
    ),
)(access_report.write_report)
app.command(
    "prove",
    short_help="What holds for every request.",
    epilog=_example("scopeguard prove policies/mine", "scopeguard prove --skip anonymous.nothing --format github"),
)(proving.prove)
app.command(
    "coverage",
    short_help="By which rules and lines the tests decide.",
    epilog=_example("scopeguard coverage policies/mine --fail-under 90", "scopeguard coverage --unpinned"),
)(covering.coverage)
app.command(
    "mutate",
    short_help="Which mistakes no test would notice.",
    epilog=_example(
        "scopeguard mutate policies/mine", "scopeguard mutate --operator drop-rule --operator widen-pattern"
    ),
)(mutating.mutate_pack)


app.command(
    "diff",
    short_help="Who gains and who loses between two packs.",
    epilog=_example(
        "scopeguard diff policies/old policies/new",
        "scopeguard diff --git origin/main policies/mine --accept accepted.yaml",
        "scopeguard diff --base default policies/mine --format markdown",
    ),
)(diffing.diff_packs)


@app.command(
    "fmt",
    short_help="Conditions in their canonical form.",
    epilog=_example("scopeguard fmt policies/mine", "scopeguard fmt --check policies/mine"),
)
def fmt(paths: options.Files = None, check_only: options.CheckOnly = False) -> None:
    """Write the conditions of policy files in their canonical form; comments, order and all else stay as they are."""
    changes = format_files(look(paths, own=True).paths, only_check=check_only)
    raise typer.Exit(DENIED if changes and check_only else 0)


@app.command(
    "compile",
    short_help="A pack in one file, which loads at once.",
    epilog=_example("scopeguard compile policies/mine --output mine.sgpack"),
)
def compile_pack(
    output: options.CompiledOutput, paths: options.Files = None, with_default: options.WithDefault = False
) -> None:
    """Write the compiled form of a pack, for a service to load without reading its policy files."""
    compiling.compile_pack(look(paths, with_default=with_default, own=True), output)


@app.command(
    "routes",
    short_help="Routes without a check, and scopes without a route.",
    epilog=_example("scopeguard routes service.main:app"),
)
def show_routes(target: routes.Target, output: routes.Output = options.Format.PRETTY) -> None:
    """What the routes of a web application ask; exit status 1 where one asks nothing, or what no one can hold."""
    raise typer.Exit(DENIED if routes.show(target, output) else 0)


@app.command(
    short_help="The JSON Schema of policy files.",
    epilog=_example("scopeguard schema > schema.json", "scopeguard schema --pack > schema.json"),
)
def schema(
    paths: options.Paths = None, of_pack: options.OfPack = False, with_default: options.WithDefault = False
) -> None:
    """The JSON Schema of policy files, for editors; with --pack the names of a pack are enumerated in it."""
    if paths and not of_pack:
        raise RequestError("a schema of all packs has no names of one: with --pack those of the given paths are in it")
    if not of_pack:
        rendering.write_raw(schema_text())
        return
    program = asking.read(look(paths, with_default=with_default))
    rendering.say_json(pack_schema(program.catalog))


@keys_app.command(
    "scan", short_help="Keys in files and folders.", epilog=_example("scopeguard keys scan --prefix hyp web/dist")
)
def scan_keys(paths: keys.Scanned, prefix: keys.Prefix, output: keys.Found = PlainFormat.PRETTY) -> None:
    """Look for API keys in files and folders; exit status 1 where there is one. No key is printed."""
    raise typer.Exit(DENIED if keys.scan(paths, prefix, output) else 0)


@keys_app.command(
    "rules",
    short_help="Your keys, for a secret scanner.",
    epilog=_example("scopeguard keys rules --prefix hyp --for betterleaks >> .betterleaks.toml"),
)
def write_rules(prefix: keys.Prefix, scanner: keys.For) -> None:
    """The configuration that lets a secret scanner find your keys."""
    keys.rules(prefix, scanner)


@log_app.command(
    "verify",
    short_help="Whether a decision log is what was written.",
    epilog=_example("scopeguard log verify /var/log/decisions"),
)
def verify_log(
    folder: log.Folder, head: log.Head = None, key: log.Key = None, output: log.Output = options.Format.PRETTY
) -> None:
    """Look at every line of a decision log; exit status 1 where one was changed, dropped, swapped or doubled."""
    raise typer.Exit(0 if log.verify(folder, head, key, output) else DENIED)


def run() -> None:
    """Run the command and leave with its exit status: always by SystemExit."""
    # A stream that was closed from outside is None, and the exit status is still the answer.
    sys.stdout = io.StringIO() if sys.__stdout__ is None else sys.stdout
    sys.stderr = io.StringIO() if sys.__stderr__ is None else sys.stderr
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal does not know is spelled out.
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_unseen(sys.argv[1:])
        app(prog_name="scopeguard")
    except PolicyError as error:
        for each in error.diagnostics:
            rendering.print_styled(str(each), stream=sys.stderr)
        rendering.show_documentation(error.diagnostics, stream=sys.stderr)
        rendering.print_styled(rendering.not_loaded(error.diagnostics), stream=sys.stderr)
        raise SystemExit(UNLOADABLE) from None
    except ScopeguardError as error:
        _fail(str(error))
    except OSError as error:
        # What could not be written is dropped, or Python would try once more at its end and complain itself.
        sys.stdout = io.StringIO()
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"the answer cannot be given: {where}{error.strerror or error}")


def _refuse_unseen(arguments: Sequence[str]) -> None:
    # Before the options are parsed: what refuses an option repeats it as it came.
    for argument in arguments:
        if any(unicodedata.category(char) in _UNSEEN for char in argument):
            raise RequestError(f"the argument {quoted(argument)} holds a control character")


def _fail(message: str) -> NoReturn:
    rendering.print_styled(f"error: {message}", rendering.STYLES["error"], stream=sys.stderr)
    raise SystemExit(USAGE)
