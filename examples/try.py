"""What scopeguard does, in one page: a matrix, three explained decisions, and a mistyped policy."""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from scopeguard import Context, Guard, PolicyError, Principal, Resource

READER = Principal.api_key("key_reader", workspace="ws_1", scopes="workspace:read")
BUILDER = Principal.api_key("key_builder", workspace="ws_1", scopes="workspace:write collected_data:read")
NARROW = Principal.api_key("key_narrow", workspace="ws_1", scopes="agents:write/agt_1")
ADMIN = Principal.member("usr_ann", workspace="ws_1", roles=["admin"])
VIEWER = Principal.member("usr_bob", workspace="ws_1", roles=["viewer"])

SERVER = Context(channel="server")
DASHBOARD = Context(channel="dashboard")

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
    code: dashboard_only
  - id: mine.own-data
    efect: allow
    on: ["agents:read"]
    when: principal.kind == "member" && context.chanel == "dashboard"
"""


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}")


def main() -> None:
    """Show it all."""
    guard = Guard.default()
    print(f"The shipped pack: {len(guard.catalog.surfaces)} surfaces, digest {guard.digest[:19]}…")

    heading("Who may do what")
    keys = guard.matrix({"reader": READER, "builder": BUILDER, "narrow": NARROW}, PERMISSIONS, SERVER)
    people = guard.matrix({"admin": ADMIN, "viewer": VIEWER}, PERMISSIONS, DASHBOARD)
    names = [*keys.rows, *people.rows]
    print("".join(f"{name:<22}" for name in ["", *names]).rstrip())
    for permission in PERMISSIONS:
        cells = [*(keys[row, permission] for row in keys.rows), *(people[row, permission] for row in people.rows)]
        print("".join(f"{text:<22}" for text in [permission, *(cell.state for cell in cells)]).rstrip())

    heading("Allowed: a key that was narrowed to one agent writes to that agent")
    print(guard.explain(NARROW, "agents:write", Resource("agents", "agt_1", workspace="ws_1"), SERVER))

    heading("Denied: a broad scope never reaches an explicit-only surface")
    print(guard.explain(READER, "collected_data:read", context=SERVER))

    heading("Denied: no key manages keys, whatever it holds")
    print(guard.explain(BUILDER, "api_keys:create", context=SERVER))

    heading("A policy with three mistakes does not load")
    with TemporaryDirectory() as folder:
        print(without_folder(folder, lambda: refused(Path(folder))))


def refused(folder: Path) -> str:
    """What the library says about the mistyped policy."""
    (folder / "mine.yaml").write_text(MISTYPED, encoding="utf-8")
    try:
        Guard.default(folder)
    except PolicyError as error:
        return str(error)
    sys.exit("a policy with mistakes has been loaded")


def without_folder(folder: str, report: Callable[[], str]) -> str:
    """A report that does not name the temporary folder."""
    return report().replace(folder, "mine")


if __name__ == "__main__":
    main()
