"""V11: what a list shows differs from what a check says (SpiceDB, OpenFGA)."""

from scopeguard import Context, Guard, Principal, Resource

RESOURCE_IDS = ("agt_1", "agt_2")


def test_v11_list_disagrees() -> None:
    """Permissions and matrix against brute force over the whole shipped catalog, two resources each."""
    guard = Guard.default()
    context = Context(channel="server")
    for scopes in ("workspace:read", "workspace:write collected_data:read", "agents:write/agt_1 schedules:read"):
        who = Principal.api_key("k", workspace="ws_1", scopes=scopes)
        listed = guard.permissions(who, context)
        row = guard.matrix({"who": who}, None, context)
        for permission in guard.catalog.permissions:
            surface = permission.partition(":")[0]
            answers = {
                bool(guard.check(who, permission, Resource(surface, item, "ws_1"), context)) for item in RESOURCE_IDS
            }
            state = {(True,): "allow", (False,): "deny", (False, True): "conditional"}[tuple(sorted(answers))]
            assert row["who", permission].state == state
            assert (permission in listed, permission in listed.conditional) == (
                state == "allow",
                state == "conditional",
            )
