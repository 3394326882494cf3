"""The verb that begins a pack: files that lint and test are content with, to be changed."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import typer

from scopeguard.cli import rendering
from scopeguard.errors import RequestError

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write. Default: the current folder.")]
Alone = Annotated[bool, typer.Option("--alone", help="A pack of its own, not one on top of the shipped one.")]

_CONFIGURATION: Final = """# What every command in this project is about: https://scopeguard-authz.readthedocs.io/en/stable/docs/reference/cli.html
pack = "policies"
base = {base}
golden = "access.md"

[keys]
reader = "{scope}"
"""
_HEAD: Final = "# Who may do what.\nscopeguard: 1\n"
_LAYER: Final = """pack: {extends: default}
rules:
  - id: agents.no-previews-by-key
    effect: deny
    on: ["agents:write"]
    kinds: [api_key]
    environments: [preview]
    code: not_permitted
    because: What a preview shows is edited in the dashboard
"""
_LAYER_TESTS: Final = """# What is not listed is denied.
scopeguard: 1
tests:
  principals:
    key: {kind: api_key, scopes: "agents:write"}
  contexts:
    production: {channel: server}
    preview: {channel: server, environment: preview}
  matrices:
    - id: keys-in-production
      principals: [key]
      only: ["agents:*"]
      context: production
      table:
        "agents:*": {key: allow}
    - id: keys-in-previews
      principals: [key]
      only: ["agents:*"]
      context: preview
      table:
        agents:read:  {key: allow}
        agents:write: {key: not_permitted}
"""
_ALONE: Final = """catalog:
  surfaces:
    tickets: {actions: [read, write], coarse: true}
  channels: [server, dashboard]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  agent:  {holds: ["tickets:*"], rank: 20}
  viewer: {holds: ["tickets:read"], rank: 10}
rules:
  - id: tickets.servers-only
    effect: deny
    on: ["tickets:*"]
    kinds: [api_key]
    unless: context.channel == "server"
    code: not_permitted
    because: Tickets leave by our own servers alone
"""
_ALONE_TESTS: Final = """# What is not listed is denied.
scopeguard: 1
tests:
  principals:
    support: {kind: api_key, scopes: "tickets:read"}
  contexts:
    server: {channel: server}
    dashboard: {channel: dashboard}
  matrices:
    - id: support-on-a-server
      principals: [support]
      only: ["tickets:*"]
      context: server
      table:
        tickets:read: {support: allow}
    - id: support-elsewhere
      principals: [support]
      only: ["tickets:*"]
      context: dashboard
"""


def start(folder: Folder = Path(), alone: Alone = False) -> None:
    """Write a configuration, a pack and its tests. No file that is there already is touched.

    Raises RequestError where one of them is there.
    """
    files = _files(alone=alone)
    # A link that leads nowhere is there too.
    there = [name for name in files if os.path.lexists(folder / name)]
    if there:
        raise RequestError(f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already: nothing is written")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only a new file: what came in the meantime stays.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        rendering.print_styled(f"wrote {path.as_posix()}")
    rendering.print_styled("next: scopeguard lint && scopeguard test && scopeguard matrix --update")


def _files(*, alone: bool) -> Mapping[str, str]:
    configuration = _CONFIGURATION.replace("{scope}", "workspace:read").replace(
        "base = {base}\n", "" if alone else 'base = "default"\n'
    )
    return MappingProxyType({
        "scopeguard.toml": configuration,
        "policies/access.yaml": _HEAD + (_ALONE if alone else _LAYER),
        "policies/access_test.yaml": _ALONE_TESTS if alone else _LAYER_TESTS,
    })  # fmt: skip
