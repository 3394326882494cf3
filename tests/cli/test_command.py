"""The verbs that ask one question: what they print, where, and with which exit status."""

import json
import re
from pathlib import Path

import pytest

import scopeguard
from scopeguard.cli.asking import QuestionOptions
from scopeguard.cli.options import Who
from scopeguard.model.aliases import Aliases
from scopeguard.model.facts import FACTS_OF_GATES
from scopeguard.model.principal import KINDS
from scopeguard.model.translator import Translator
from tests.cli.conftest import Run
from tests.conftest import Golden

CHECKS: list[tuple[str, list[str], int]] = [
    ("allowed", ["notes:read", "-s", "workspace:read"], 0),
    ("denied", ["secrets:read", "-s", "workspace:read"], 1),
    ("unknown", ["notes:reed", "-s", "workspace:read"], 1),
    ("fact", ["notes:write", "--as", "member", "-r", "editor", "-f", "open=true"], 0),
    ("closed", ["notes:write", "--as", "member", "-r", "editor", "-f", "open=false"], 1),
    ("wrong_fact", ["notes.publish", "--as", "member", "-r", "editor", "-f", "open=maybe"], 1),
    ("narrowed", ["notes:read", "-s", "notes:read/n1", "--resource", "n1"], 0),
    ("elsewhere", ["notes:read", "-s", "notes:read/n1", "--resource", "n2", "--resource-attribute", "owner=me"], 1),
    ("anonymous", ["notes:read", "--as", "anonymous"], 1),
    ("unrecognized", ["notes:read", "--as", "unrecognized"], 1),
    ("ceiling", ["notes:read", "-s", "workspace:read", "--ceiling", "secrets:read"], 1),
    ("unknown_surface", ["nodes:read", "-s", "workspace:read", "--resource", "n1"], 1),
]


@pytest.mark.parametrize(("name", "arguments", "status"), CHECKS, ids=[name for name, _, _ in CHECKS])
def test_check(run: Run, golden: Golden, name: str, arguments: list[str], status: int) -> None:
    """An answer is printed whole, and the exit status is it in short."""
    done = run("check", *arguments, "--pack", "pack", "-c", "server", "--now", "2026-01-31T12:00:00Z")
    assert (done.returncode, done.stderr) == (status, "")
    golden(f"cli/check_{name}.txt", done.stdout)


def test_check_as_json(run: Run) -> None:
    """The same decision as data."""
    done = run("check", "secrets:read", "-s", "workspace:read", "-p", "pack", "--format", "json")
    told = json.loads(done.stdout)
    assert (told["effect"], told["code"], told["needed"]) == ("deny", "explicit_grant_required", ["secrets:read"])
    assert (told["provided"], told["obligations"], told["status"]) == (["workspace:read"], [], 403)
    assert told["remedy"]["text"] == "Grant secrets:read by name; no workspace scope covers it."
    assert done.returncode == 1


def test_a_credential_has_states(run: Run) -> None:
    """Attributes that are states of a credential mean what they mean to the library, networks too."""
    plain = ["check", "agents:read", "-s", "agents:read", "-c", "server"]
    assert run(*plain).returncode == 0
    assert "[credential_revoked]" in run(*plain, "-a", "revoked=true").stdout
    listed = [*plain, "-a", 'ip_allow=["10.0.0.0/8"]', "--context"]
    assert run(*listed, "ip=10.1.2.3").returncode == 0
    assert run(*listed, "ip=192.0.2.1").returncode == 1
    expiring = [*plain, "-a", "expires_at=@2026-01-31T12:00:00Z", "--now"]
    assert run(*expiring, "2026-01-31T11:59:59Z").returncode == 0
    assert "[credential_expired]" in run(*expiring, "2026-01-31T12:00:00Z").stdout


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_ask(run: Run, kind: str) -> None:
    """Every kind of the library can be spelled, and without anything held it is denied."""
    done = run("check", "notes:read", "--as", kind, "-p", "pack")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("deny notes:read [")


def test_a_question_becomes_a_request() -> None:
    """What stands on the command line reaches the library as it was meant."""
    question = QuestionOptions(
        kind=Who.SESSION, id="s1", workspace="w1", scopes="a:b  c:d", roles=(), ceiling=None, attributes=['user="7"'],
        channel="widget", environment="test", now="2026-01-31T12:00:00+01:00", facts=["count=3", "name=3a", 'plan={"name": "pro"}'],
        context_attributes=["ip=::1"], resource_id=None, resource_workspace="w2", resource_attributes=(),
    )  # fmt: skip
    asks, context, about = question.principal(Translator(Aliases())), question.context(), question.resource("agents")
    assert (asks.kind, asks.id, asks.workspace, asks.scopes) == ("session", "s1", "w1", frozenset({"a:b", "c:d"}))
    assert dict(asks.attributes) == {"user": "7"}
    assert (context.channel, context.environment) == ("widget", "test")
    assert dict(context.facts) == {"count": 3, "name": "3a", "plan": {"name": "pro"}}
    assert dict(context.attributes) == {"ip": "::1"}
    assert context.now is not None
    assert context.now.isoformat() == "2026-01-31T11:00:00+00:00"
    assert about is not None
    assert (about.surface, about.id, about.workspace) == ("agents", None, "w2")


def test_explain(run: Run, golden: Golden) -> None:
    """Every rule that was looked at, in short, in full and as data."""
    arguments = ["explain", "notes:write", "-s", "notes:write", "-p", "pack", "-f", "since=@2026-01-31T12:00:00Z"]
    short, full, data = (run(*arguments, "--format", form) for form in ("pretty", "full", "json"))
    assert {short.returncode, full.returncode, data.returncode} == {1}
    golden("cli/explain.txt", short.stdout)
    golden("cli/explain_full.txt", full.stdout)
    assert json.loads(data.stdout)["decision"]["remedy"]["text"] == "Ask for a rule that allows this."
    looked = [item["id"] for item in json.loads(data.stdout)["looked"] if not item["id"].startswith("credential.")]
    assert looked == [
        "workspace.own-only",
        "notes.closed",
        "sign-in.address-known",
        "sign-in.address-listed",
        "scope:notes:write",
    ]


def test_the_shipped_pack_is_the_default(folder: Path, run: Run) -> None:
    """Without a pack every verb speaks of the shipped one; with it beneath, an overlay is complete."""
    assert run("check", "agents:read", "-s", "agents:read", "-c", "server").returncode == 0
    assert run("lint").stdout == "0 errors, 0 warnings\n17 invariants proved\n"
    (folder / "mine.yaml").write_text(
        "scopeguard: 1\nroles: {mine: {holds: ['agents:read'], loosens: they look}}\n", encoding="utf-8"
    )
    assert run("lint", "mine.yaml").returncode == 1
    assert run("lint", "--with-default", "mine.yaml").returncode == 0
    ask = (
        "matrix",
        "mine.yaml",
        "--with-default",
        "-r",
        "mine",
        "-a",
        "agents:read",
        "--context",
        "sso_required=false",
    )
    assert run(*ask, "--format", "csv").stdout == "permission,column,answer\nagents:read,mine,allow\n"


def test_schema(run: Run) -> None:
    """The JSON Schema of policy files."""
    done = run("schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["title"] == "scopeguard policy file"


ASK = ["check", "notes:read", "-p", "pack"]
USAGE: list[tuple[list[str], str]] = [
    ([*ASK, "-s", "Notes:read"], 'scope "Notes:read" has "N" at column 1'),
    ([*ASK, "-f", "open"], '"open" is not name=value'),
    ([*ASK, "-f", "=1"], '"=1" is not name=value'),
    ([*ASK, "-f", "a=1", "-f", "a=2"], '"a" is given twice'),
    ([*ASK, "-f", 'a={"b": 1, "b": 2}'], "has one of them twice"),
    ([*ASK, "-f", "a=NaN"], "facts.a is not a finite number"),
    ([*ASK, "--now", "soon"], '"soon" is not an instant'),
    ([*ASK, "--now", "2026-01-31"], '"2026-01-31" is not an instant with its zone, such as 2026-01-31T12:00:00Z'),
    ([*ASK, "--now", "2026-01-31 12:00:00Z"], '"2026-01-31 12:00:00Z" is not an instant'),
    ([*ASK, "--now", "20260131T120000Z"], '"20260131T120000Z" is not an instant'),
    ([*ASK, "--now", "2026-01-31T12:00:00"], '"2026-01-31T12:00:00" is not an instant with its zone'),
    ([*ASK, "-a", "revoked=yes"], "revoked must be a bool, not str"),
    ([*ASK, "-a", "expires_at=2027-01-01T00:00:00Z"], "expires_at is an instant, which opens with @, such as expires_at=@2026-01-31T12:00:00Z"),
    ([*ASK, "-a", "not_before=soon"], "not_before is an instant, which opens with @"),
    ([*ASK, "-a", "expires_at=@today"], '"today" is not an instant'),
    ([*ASK, "--id", ""], "a principal's id is empty"),
    ([*ASK, "-r", "editor"], "--role is no option of the kind api_key; it goes with --as member"),
    ([*ASK, "--as", "member", "-s", "a:b"], "--scopes is no option of the kind member; it goes with --as api_key or session"),
    ([*ASK, "--as", "session", "--ceiling", "a:b"], "--ceiling is no option of the kind session"),
    ([*ASK, "--as", "anonymous", "-a", "x=1"], "--attribute is no option of the kind anonymous"),
    ([*ASK, "--as", "anonymous", "--id", "x"], "--id is no option of the kind anonymous"),
    ([*ASK, "--as", "unrecognized", "--id", "x"], "--id is no option of the kind unrecognized"),
    ([*ASK, "-c", "sever"], 'no channel "sever" in the catalog; did you mean "server"?'),
    ([*ASK, "-c", "x"], 'no channel "x" in the catalog\n'),
    ([*ASK, "-c", "x", "--undeclared"], 'no channel "x" in the catalog\n'),
    ([*ASK, "--as", "member", "-r", "x"], 'no role "x" in the catalog; with --undeclared it is asked all the same'),
    ([*ASK, "-e", "tset"], 'no environment "tset" in the catalog; did you mean "test"?'),
    ([*ASK, "--as", "member", "-r", "editro"], 'no role "editro" in the catalog; did you mean "editor"?'),
    ([*ASK, "-s", "notes:raed"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    ([*ASK, "-s", "notes:raed/n_1"], 'no scope "notes:raed/n_1" in the catalog; did you mean "notes:read"?'),
    ([*ASK, "-s", "notes:read other:one"], 'no scope "other:one" in the catalog; with --undeclared it is asked all the same'),
    ([*ASK, "-s", "notes:read", "--ceiling", "notes:raed"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    ([*ASK, "--as", "session", "-s", "notes:raed"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    (["explain", *ASK[1:], "-s", "notes:raed"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    (["what", "scope:notes:raed", "-p", "pack"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    (["what", "key:notes=notes:raed", "-p", "pack"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    (["matrix", "pack", "-k", "notes:raed"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    (["matrix", "pack", "--session", "notes:raed"], 'no scope "notes:raed" in the catalog; did you mean "notes:read"?'),
    ([*ASK, "-f", "opne=true"], 'no fact "opne" in the catalog; did you mean "open"?'),
    ([*ASK, "-f", 'walet={"status": "ok"}'], 'no fact "walet" in the catalog; did you mean "wallet"?'),
    ([*ASK, "--context", "pi=::1"], 'no context attribute "pi" in the catalog\n'),
    ([*ASK, "-a", "revokd=true"], 'no attribute "revokd" in the catalog; did you mean "revoked"?'),
    ([*ASK, "--resource-attribute", "ownr=me"], 'no resource attribute "ownr" in the catalog; did you mean "owner"?'),
    (["explain", *ASK[1:], "-c", "sever"], 'no channel "sever" in the catalog; did you mean "server"?'),
    (["matrix", "pack", "-c", "sever"], 'no channel "sever" in the catalog; did you mean "server"?'),
    (["matrix", "pack", "-e", "tset"], 'no environment "tset" in the catalog; did you mean "test"?'),
    (["matrix", "pack", "-f", "opne=true"], 'no fact "opne" in the catalog; did you mean "open"?'),
    (["matrix", "pack", "-r", "editors"], 'no role "editors" in the catalog; did you mean "editor"?'),
    (["matrix", "pack", "-s", "note"], 'no surface "note" in the catalog; did you mean "notes"?'),
    (["matrix", "pack", "-s", "x" * 9], 'no surface "xxxxxxxxx" in the catalog\n'),
    (["matrix", "pack", "-r", "editor", "-k", "editor=notes:read"], 'two columns have the name "editor"'),
    (["matrix", "pack", "-k", "a=notes:read", "-k", "a=notes:write"], 'two columns have the name "a"'),
    (["matrix", "pack", "-k", "=notes:read"], '"=notes:read" is not name=scopes'),
    (["matrix", "pack", "-k", "a=*:read"], 'scope "*:read" has "*" at column 1'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"), USAGE, ids=[" ".join([words[0], message]) for words, message in USAGE]
)
def test_usage_errors(run: Run, arguments: list[str], message: str) -> None:
    """A question that makes no sense: one line on the error stream, exit status 2, no traceback."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_what_is_undeclared_can_be_asked(run: Run) -> None:
    """With --undeclared a role, scope or attribute of a resource that the pack does not have is a question like any other."""
    asked = ["notes:read", "-s", "notes:read", "-p", "pack", "--resource-attribute", "colour=red"]
    assert run("check", *asked).returncode == 2
    assert run("check", *asked, "--undeclared").stdout == "allow notes:read: granted by scope:notes:read\n"
    assert run("explain", *asked, "--undeclared").returncode == 0
    for held in (
        ["--as", "member", "-r", "nobody"],
        ["-s", "notes:raed"],
        ["-s", "notes:read", "--ceiling", "notes:raed"],
    ):
        done = run("check", "notes:read", *held, "-p", "pack", "--undeclared")
        assert (done.returncode, done.stderr) == (1, "")
    assert run("matrix", "pack", "-r", "nobody").returncode == 2


def test_a_ceiling_has_permissions_that_no_key_holds(run: Run) -> None:
    """It is what the key's owner may do, which is more than scopes of keys."""
    asked = ["check", "agents:read", "-s", "agents:read", "-c", "server"]
    assert run(*asked, "--ceiling", "agents:read members:view").returncode == 0
    assert run(*asked, "--ceiling", "members:view").returncode == 1
    assert 'no scope "members:view"' in run("check", "agents:read", "-s", "members:view").stderr


def test_what_a_pack_does_not_list_is_open(folder: Path, run: Run) -> None:
    """A pack without channels and environments takes any; the usual environment is taken by every pack."""
    plain = "scopeguard: 1\ncatalog:\n  surfaces: {plain: {actions: [read], coarse: true}}\n"
    (folder / "plain.yaml").write_text(plain, "utf-8")
    ask = ["check", "plain:read", "-s", "plain:read", "-p", "plain.yaml"]
    assert run(*ask, "-c", "anything", "-e", "anywhere").returncode == 0
    (folder / "plain.yaml").write_text(f"{plain}  environments: [live, trial]\n", "utf-8")
    assert run(*ask).returncode == 0
    assert run(*ask, "-e", "live").returncode == 0
    assert run(*ask, "-e", "trail").returncode == 2


def test_the_facts_of_gates_are_known(run: Run) -> None:
    """Facts that no pack declares and that gates read are asked with their record, in the shipped pack and in others."""
    known = [word for name in sorted(FACTS_OF_GATES) for word in ("-f", f"{name}={{}}")]
    assert run("check", "agents:read", "-s", "agents:read", "-c", "server", *known).returncode == 0
    assert run("check", "notes:read", "-s", "notes:read", "-p", "pack", *known).returncode == 0


def test_a_time_is_exact(run: Run) -> None:
    """A time is that of RFC 3339, with an offset and with parts of a second, as in tests of policies."""
    ask = ["check", "agents:read", "-s", "agents:read", "-c", "server", "-a", "expires_at=@2026-01-31T12:00:00.000002Z"]
    assert run(*ask, "--now", "2026-01-31T13:00:00.000001+01:00").returncode == 0
    assert "[credential_expired]" in run(*ask, "--now", "2026-01-31T12:00:00.000002Z").stdout


def test_a_form_belongs_to_its_verb(run: Run) -> None:
    """An explanation has a full form, an answer has none."""
    done = run(*ASK, "--format", "full")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'full' is not one of 'pretty', 'json'" in done.stderr
    assert "full" not in run("check", "--help").stdout
    assert "full has every clause" in run("explain", "--help").stdout


@pytest.mark.parametrize(
    "arguments", [[], ["chek"], ["check"], ["check", "a:b", "--as", "robot"], ["lint", "--format", "xml"]], ids=str
)
def test_misspelt_commands(run: Run, arguments: list[str]) -> None:
    """What the command does not have is refused in the name of the command, however it was started."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: scopeguard " in done.stderr


def test_a_pack_that_does_not_load(folder: Path, run: Run) -> None:
    """All its findings on the error stream, and exit status 3."""
    (folder / "pack" / "more.yaml").write_text("scopeguard: 1\nroles: {x: {hold: []}}\n", encoding="utf-8")
    done = run("check", "notes:read", "--pack", "pack")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        'pack/more.yaml:2:12: SG122 missing key "holds"; a role that only rules name says marker: true',
        'pack/more.yaml:2:13: SG120 unknown key "hold"; did you mean "holds"?',
        "SG120: https://scopeguard-authz.readthedocs.io/en/stable/docs/reference/diagnostics.html#sg120",
        "SG122: https://scopeguard-authz.readthedocs.io/en/stable/docs/reference/diagnostics.html#sg122",
        "the pack does not load: 2 errors, 0 warnings",
    ]
    assert run("explain", "notes:read", "--pack", "pack").returncode == 3
    assert run("matrix", "pack").returncode == 3
    assert run("check", "notes:read", "--pack", "nowhere").returncode == 3


@pytest.mark.parametrize("verb", ["check", "explain", "matrix", "lint", "schema"])
def test_help_shows_an_example(run: Run, verb: str) -> None:
    """Each verb has an example on a line of its own, and its name stands in the help of the command."""
    done = run(verb, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"^  Example: scopeguard {verb}\b", done.stdout, re.MULTILINE)
    assert re.search(rf"^  {verb} ", run("-h").stdout, re.MULTILINE)


def test_the_examples_of_the_help_work(run: Run) -> None:
    """What the help shows can be copied: it is a question, and the shipped pack answers it."""
    for verb in ("check", "explain", "matrix", "lint", "schema"):
        for line in re.findall(r"Example: scopeguard (.*)", run(verb, "--help").stdout):
            words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line.partition(" > ")[0])]
            assert run(*words).returncode in {0, 1}, line


def test_version(run: Run) -> None:
    """The version of the library is the version of the command."""
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"scopeguard {scopeguard.__version__}\n")
