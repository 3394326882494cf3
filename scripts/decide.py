"""One allowed and one denied decision on the shipped pack: the proof that an installed package works."""

import sys
from pathlib import Path

import scopeguard
from scopeguard import Context, Guard, Principal


def main() -> None:
    """Print both answers with the place they come from; exit with a message unless both are right."""
    guard = Guard.default()
    key = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
    context = Context(channel="server")
    allowed = guard.check(key, "agents:read", context=context)
    denied = guard.check(key, "api_keys:create", context=context)
    if not allowed.allowed:
        sys.exit(f"agents:read was denied: {allowed.code}")
    if denied.allowed:
        sys.exit("api_keys:create was allowed to a key")
    print(f"scopeguard in {Path(scopeguard.__file__).parent}")
    print(f"agents:read {allowed.effect}, api_keys:create {denied.effect} ({denied.code})")


if __name__ == "__main__":
    main()
