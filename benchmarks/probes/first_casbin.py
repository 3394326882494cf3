"""The first decision of a process, by pycasbin: a file with the model, and one with the policy."""

import sys
from types import SimpleNamespace

import casbin  # type: ignore[import-untyped]  # it has no types

enforcer = casbin.Enforcer(*sys.argv[1:])
key, agent = SimpleNamespace(id="key_1", workspace="ws_1"), SimpleNamespace(surface="agents", workspace="ws_1")
env = SimpleNamespace(sso_required=False, sso_available=False)
assert enforcer.enforce(key, "agents:read", "server", agent, env)
