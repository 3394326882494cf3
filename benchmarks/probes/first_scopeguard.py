"""The first decision of a process, by the shipped pack."""

from scopeguard import Context, Guard, Principal, Resource

key = Principal.api_key("key_1", workspace="ws_1", scopes="agents:read")
agent = Resource("agents", "agt_1", workspace="ws_1")
assert Guard.default().check(key, "agents:read", agent, Context(channel="server")).allowed
