"""What scopeguard does, in one page: matrices, explained decisions, a settings page, and a policy with mistakes."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from scopeguard import Context, Guard, PolicyError, Principal, Resource
from scopeguard.shipped import policies
from scopeguard.testing import compare

# Who asks. The host has verified each of them before.
READER = Principal.api_key("key_reader", workspace="ws_1", scopes="workspace:read")
BUILDER = Principal.api_key("key_builder", workspace="ws_1", scopes="workspace:write collected_data:read")
NARROW = Principal.api_key("key_narrow", workspace="ws_1", scopes="agents:write/agt_1")
ADMIN = Principal.member("usr_ann", workspace="ws_1", roles=["admin"])
VIEWER = Principal.member("usr_bob", workspace="ws_1", roles=["viewer"])

SERVER = Context(channel="server")
DASHBOARD = Context(channel="dashboard")

# What the host knows of the workspace, read a moment ago.
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
FACTS = {
    "as_of": NOW,
    "quantity": 5,
    "providers": {"model": "ready", "speech": "missing", "telephony": "ready"},
    "payment": {"status": "interrupted"},
    "wallet": {"status": "ok", "auto_recharge": "off"},
    "entitlements": {"voice_minutes": {"limit": 100, "used": 96, "reserved": 2}},
}
CALL = Context(channel="server", now=NOW, facts=FACTS, attributes={"modality": "audio", "distribution": "widget"})

CHANGED = ("holds:\n      - settings.general.view\n      - product.view", "\n      - settings.audit.view")
"""A place in roles.yaml, the end of the viewer's list, and the line that goes there."""

PERMISSIONS = [
    "agents:read",
    "agents:write",
    "collected_data:read",
    "recordings:read",
    "members:invite",
    "api_keys:create",
]

MISTYPED = """\
scopeguard: 1
rules:
  - id: mine.no-keys
    effect: deny
    on: ["api_kesy:*"]
    unless: principal.kind == "member" && context.chanel == "dashboard"
    code: dashboard_only
  - id: mine.members-see-agents
    effect: allow
    on: ["agents:read"]
    kinds: [member]
    becuase: people in the dashboard see agents
"""

STYLES = {"allow": "green", "deny": "red", "conditional": "yellow"}

console = Console(markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """Show it all."""
    # A character that the terminal does not know is spelled out.
    sys.stdout.reconfigure(errors="backslashreplace")
    guard = Guard.default()
    console.print(f"The shipped pack: {len(guard.catalog.surfaces)} surfaces, digest {guard.digest[:19]}...")

    heading("Who may do what")
    show_matrix(guard)

    heading("Allowed: a key that was narrowed to one agent writes to that agent")
    show_explained(guard, NARROW, "agents:write", Resource("agents", "agt_1", workspace="ws_1"))

    heading("Denied: a broad scope never reaches an explicit-only surface")
    show_explained(guard, READER, "collected_data:read")

    heading("Denied: no key manages keys, whatever it holds")
    show_explained(guard, BUILDER, "api_keys:create")

    heading("Denied: a voice call, with all that has to be mended before the next one")
    console.print(str(guard.check(BUILDER, "voice.connect", context=CALL)))

    heading("Settings, as two members see it")
    show_settings(guard)

    heading("One line more in a policy: what it changes, and which line did it")
    show_change(guard)

    heading("A policy with three mistakes does not load")
    show_mistakes()

    console.print("\nAsk more: scopeguard --help", style="bold")


def heading(text: str) -> None:
    """Print a heading."""
    console.print(f"\n{text}\n{'-' * len(text)}", style="bold")


def show_matrix(guard: Guard) -> None:
    """Print three keys and two members against a few permissions."""
    keys = guard.matrix({"reader": READER, "builder": BUILDER, "narrow": NARROW}, PERMISSIONS, SERVER)
    people = guard.matrix({"admin": ADMIN, "viewer": VIEWER}, PERMISSIONS, DASHBOARD)
    for name, key in {"reader": READER, "builder": BUILDER, "narrow": NARROW}.items():
        console.print(f"{name:<10}a key with {', '.join(sorted(key.scopes))}")
    console.print("admin, viewer: members with the role of that name\n")
    console.print(f"{'':<22}" + "".join(f"{name:<14}" for name in [*keys.rows, *people.rows]).rstrip())
    for permission in PERMISSIONS:
        line = Text(f"{permission:<22}")
        for matrix in (keys, people):
            for row in matrix.rows:
                state = matrix[row, permission].state
                line.append(f"{state:<14}", STYLES[state])
        line.rstrip()
        console.print(line)


def show_explained(guard: Guard, principal: Principal, action: str, *resource: Resource) -> None:
    """Print a decision and what decided. The whole explanation, with every rule, is ``str(explanation)``."""
    explanation = guard.explain(principal, action, *resource, context=SERVER)
    effect = explanation.decision.effect
    console.print(explanation.question)
    answer = Text(str(explanation.decision))
    answer.stylize(STYLES[effect], 0, len(effect))
    console.print(answer)
    deciding = [item for item in explanation.looked if item.id in explanation.decision.rules]
    for item in deciding:
        console.print(f"  decided by {item.id}{f' ({short(item.place)})' if item.place else ''}")
        for clause in item.clauses:
            console.print(Text(f"    {clause}", "dim"))
    if not deciding:
        console.print(f"  none of {len(explanation.looked)} rules that were looked at allows it")
    if explanation.nearest:
        console.print(f"  nearest change: {' and '.join(explanation.nearest)}")


def show_settings(guard: Guard) -> None:
    """Print the tabs of a developer, and of a billing member what is not theirs with the reason."""
    for role in ("developer", "billing"):
        member = Principal.member("usr_eve", workspace="ws_1", roles=[role])
        console.print(f"as {role}:")
        for tab in guard.settings_tabs(member, DASHBOARD):
            console.print(f"  {tab.title:<12}{tab.state}")
            if tab.code is not None:
                console.print(Text(f"    [{tab.code}] {tab.remedy or tab.reason}", "dim"))


def show_change(guard: Guard) -> None:
    """Give viewers the audit log in a copy of the pack, and print the cells that differ."""
    with TemporaryDirectory() as folder:
        copytree(
            policies() / "workspace",
            folder,
            dirs_exist_ok=True,
            ignore=lambda _, names: [n for n in names if "test" in n],
        )
        roles = Path(folder) / "roles.yaml"
        before, line = CHANGED
        roles.write_text(roles.read_text(encoding="utf-8").replace(before, before + line, 1), encoding="utf-8")
        changed = Guard.load(folder)
        asked = {"viewer": VIEWER, "admin": ADMIN}, None, DASHBOARD
        console.print(f"roles.yaml: +{line.strip()!r} for viewers\n".replace("'", ""))
        for change in compare(guard.matrix(*asked), changed.matrix(*asked), changed):
            console.print(str(change).replace(f"{folder}/", ""))


def short(place: str) -> str:
    """The last folder of a place, its file and its line."""
    return "/".join(Path(place).parts[-2:])


def show_mistakes() -> None:
    """Print a policy, and what the library says when the shipped pack is loaded with it on top."""
    for number, line in enumerate(MISTYPED.splitlines(), start=1):
        console.print(Text(f"{number:>4}  {line}", "dim"))
    for finding in findings():
        console.print(Text(finding, "yellow"))


def findings() -> Iterator[str]:
    """Every mistake, with its place and how to mend it."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "mine.yaml").write_text(MISTYPED, encoding="utf-8")
        try:
            Guard.default(folder)
        except PolicyError as error:
            for diagnostic in error.diagnostics:
                yield str(diagnostic).replace(f"{folder}/", "")
        else:
            sys.exit("a policy with mistakes has been loaded")


if __name__ == "__main__":
    main()
