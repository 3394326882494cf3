"""The schema with the names of a pack: what validates, and what an editor completes by it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from tests.cli.conftest import Run

jsonschema = pytest.importorskip("jsonschema")

INSTALLED = Path(__file__).resolve().parents[2] / "build" / "editor" / "node_modules" / ".bin"
SERVER = shutil.which("yaml-language-server") or shutil.which("yaml-language-server", path=str(INSTALLED))


@pytest.fixture
def schema(run: Run) -> dict[str, Any]:
    """The schema of the pack."""
    done = run("schema", "--pack", "pack")
    assert (done.returncode, done.looked) == (0, "pack")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def rule(**more: object) -> dict[str, object]:
    """A policy file with one rule."""
    return {
        "scopeguard": 1,
        "rules": [{"id": "a.b", "effect": "deny", "on": ["notes:write"], "code": "not_permitted", **more}],
    }


@pytest.mark.parametrize(
    ("content", "fits"),
    [
        (rule(), True),
        (rule(on=["notes:*", "notes.publish", "*:read"]), True),
        (rule(stage="permission", channels=["server"], environments=["test"], roles=["editor"]), True),
        (rule(stage="permision"), False),
        (rule(channels=["sever"]), False),
        (rule(environments=["prod"]), False),
        (rule(roles=["editer"]), False),
        (rule(code="not_permited"), False),
        ({"scopeguard": 1, "roles": {"x": {"holds": ["notes:read", "notes:*"]}}}, True),
        ({"scopeguard": 1, "catalog": {"operations": {"notes.x": {"needs": "notes:reed"}}}}, False),
        ({"scopeguard": 1, "gates": [{"id": "g", "on": ["notes.publich"], "payment": "required"}]}, False),
        # The pack lists no meters, so that any may be named.
        ({"scopeguard": 1, "gates": [{"id": "g", "on": ["notes.publish"], "entitlement": "pages"}]}, True),
    ],
)  # fmt: skip
def test_names_of_the_pack(schema: dict[str, Any], content: object, fits: bool) -> None:
    """A name that the pack does not have is wrong where it lists them; patterns stand beside names."""
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(content) is fits


def test_names_have_descriptions(schema: dict[str, Any]) -> None:
    """What an editor shows beside a name: why a surface is closed, what an operation needs."""
    named = schema["$defs"]["RuleDoc"]["properties"]["on"]["items"]["anyOf"][0]
    said = dict(zip(named["enum"], named["enumDescriptions"], strict=True))
    assert (said["secrets:read"], said["notes.publish"]) == ("they are private", "needs notes:write")


def test_paths_without_pack(run: Run) -> None:
    """A path alone would be ignored, so it is refused."""
    done = run("schema", "pack")
    assert (done.returncode, done.stdout, done.stderr.startswith("error: a schema of all packs")) == (2, "", True)


DRAFT = """# yaml-language-server: $schema=schema.json
scopeguard: 1
rules:
  - id: a.b
    effect: deny
    on: [n]
    stage: 
    channels: [server]
    code: not_permited
"""  # noqa: W291  # a value is about to be typed there


def messages(server: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    """What a language server writes: each message after its length."""
    assert server.stdout is not None
    while True:
        length = 0
        while (line := server.stdout.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        yield json.loads(server.stdout.read(length))


@pytest.mark.slow
@pytest.mark.skipif(
    SERVER is None,
    reason="yaml-language-server is not installed: npm install --prefix build/editor yaml-language-server",
)
def test_an_editor_completes_names(folder: Path, run: Run) -> None:
    """A language server offers the stages and actions of the pack, and says what is no code of it."""
    (folder / "schema.json").write_text(run("schema", "--pack", "pack").stdout, encoding="utf-8")
    file = folder / "draft.yaml"
    file.write_text(DRAFT, encoding="utf-8")
    with subprocess.Popen(
        [str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
    ) as server:
        found = messages(server)
        # One that says nothing must not hold up the tests.
        watch = Timer(60, server.kill)
        watch.start()

        def write(message: dict[str, object]) -> None:
            assert server.stdin is not None
            body = json.dumps({"jsonrpc": "2.0", **message}).encode()
            server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            server.stdin.flush()

        def send(method: str, params: object, id: int | None = None) -> None:
            write({"method": method, "params": params} | ({} if id is None else {"id": id}))

        def send_back(id: int, result: object) -> None:
            write({"id": id, "result": result})

        def received() -> Iterator[dict[str, Any]]:
            for each in found:
                # What a server asks an editor for its settings: it has none.
                if "id" in each and "method" in each:
                    send_back(each["id"], [{} for _ in each["params"].get("items", ())])
                yield each

        def answer(id: int) -> Any:
            return next(each["result"] for each in received() if each.get("id") == id and "result" in each)

        uri = file.as_uri()
        send("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}, 1)
        answer(1)
        send("initialized", {})
        send("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": DRAFT}})
        offered = {}
        for number, (line, character) in enumerate([(6, 11), (5, 10)], start=2):
            send(
                "textDocument/completion",
                {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}},
                number,
            )
            offered[line] = {item["label"] for item in answer(number)["items"]}
        send(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": 2},
                "contentChanges": [{"text": DRAFT.replace("stage: ", "stage: sign_in")}],
            },
        )
        told = {
            problem["range"]["start"]["line"]
            for each in islice(
                (each for each in received() if each.get("method") == "textDocument/publishDiagnostics"), 1
            )
            for problem in each["params"]["diagnostics"]
        }
        watch.cancel()
        server.kill()
    assert {"permission", "credential"} <= offered[6]
    assert {"notes:read", "notes:write", "notes.publish"} <= offered[5]
    assert told & {5, 6, 8}
