"""Law 14, a_layer_above_narrows: what a layer lets anybody do on the surfaces below it, the layer below does too.

Layers above the shipped pack are generated, entry by entry; what does not load for want of ``loosens`` is taken out, so
that what remains has to narrow.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given

from scopeguard import Context, Guard, Principal, RequestError, Resource, UsageEvent, shipped
from scopeguard.compiling.loading import find_problems
from scopeguard.errors import Severity
from scopeguard.model.usage import Sender
from tests.laws.support import folder, law
from tests.strategies import randoms

SMALL = shipped.policies() / "examples" / "conversion"
"""In the place of the shipped pack: smaller, so that more layers can be tried above it."""

SURFACES = ("documents", "originals")
OWN = ("notes", "tasks")
OPERATIONS = ("documents.convert", "documents.narrate")
KINDS = ("api_key", "member", "session", "system")
CHANNELS = ("server", "dashboard")
ENVIRONMENTS = ("production", "trial", "sandbox")
SENDERS: tuple[Sender, ...] = ("user", "agent")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
FACTS = {
    "as_of": NOW,
    "quantity": 1,
    "providers": {"recognition": "ready", "speech": "ready"},
    "payment": {"status": "interrupted"},
    "entitlements": {"pages": {"limit": 1, "used": 1, "reserved": 0}, "narrated_pages": {"unlimited": True}},
    "fair_use": {"daily_trial": {"limit": 9, "used": 0}},
}
"""Payment is interrupted and no page is left, so that a gate which denies less is seen to."""
CONDITIONS = ('principal.kind == "member"', 'context.channel == "server"', 'action == "read"', "has(resource.id)")
ENTRIES = ("rule", "rule", "scope", "role", "operation", "surface", "environment", "usage", "gate")


@pytest.fixture
def below() -> Iterator[Guard]:
    """The layer below, in the place of the shipped pack."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("scopeguard.documents.layers.default_pack", lambda: str(SMALL))
        yield Guard.load(SMALL)


Section = tuple[tuple[str, ...], Any]


class Layer:
    """One generated layer: entries by the path of their section, each of which becomes a file of its own."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.entries: dict[str, tuple[tuple[str, ...], Any]] = {}
        for number in range(random.randint(3, 9)):
            path, entry = getattr(self, f"_{random.choice(ENTRIES)}")(number)
            self.entries[f"e{number}.yaml"] = path, entry

    def chance(self) -> bool:
        """One time in two."""
        return self.random.random() < 0.5

    def pattern(self) -> str:
        """A pattern over surfaces of either layer."""
        surface = self.random.choice((*SURFACES, *OWN, *OWN, "*"))
        return f"{surface}:{self.random.choice(('read', 'write', '*'))}"

    def _rule(self, number: int) -> Section:
        effect = self.random.choice(("allow", "allow", "deny"))
        rule = {"id": f"own.r{number}", "effect": effect, "on": [self.pattern()], "kinds": [self.random.choice(KINDS)]}
        if self.chance():
            rule["on"] = [self.random.choice((*OPERATIONS, "own.o0", "own.o1"))] if self.chance() else rule["on"]
        if self.chance():
            rule[self.random.choice(("when", "unless"))] = self.random.choice(CONDITIONS)
        return ("rules",), [rule | ({"code": "not_permitted"} if effect == "deny" else {})]

    def _scope(self, number: int) -> Section:
        includes = [self.random.choice((self.pattern(), "all:write", "notes:read", "tasks:*"))]
        return ("scopes",), {f"own:s{number % 4}": {"includes": includes}}

    def _role(self, number: int) -> Section:
        holds = [self.random.choice((self.pattern(), "documents:read", "originals:read", "notes:read"))]
        if self.chance():
            return ("roles",), {"editor": {"holds": holds, "replaces": "default", "because": "another"}}
        return ("roles",), {f"own{number % 4}": {"holds": holds}}

    def _operation(self, number: int) -> Section:
        needs = self.random.choice(("documents:read", "documents:write", "notes:read", "tasks:write"))
        return ("catalog", "operations"), {f"own.o{number % 2}": {"needs": needs}}

    def _surface(self, number: int) -> Section:
        implies = self.random.choice(({}, {"implies": {"read": ["write"]}}, {"implies": {"write": ["read"]}}))
        surface = {"actions": ["read", "write"], "coarse": self.chance(), **implies}
        return ("catalog", "surfaces"), {OWN[number % 2]: surface}

    def _environment(self, _: int) -> Section:
        return ("catalog", "environments"), ["sandbox"]

    def _usage(self, number: int) -> Section:
        row = {"id": f"own.u{number}", "environments": [self.random.choice(ENVIRONMENTS)]}
        return ("usage",), [row | ({"meter": self.random.choice(("pages", "daily_trial"))} if self.chance() else {})]

    def _gate(self, _: int) -> Section:
        gate = {"id": self.random.choice(("gates.payment", "gates.pages")), "replaces": "default", "because": "another"}
        return ("gates",), [gate | {"mode": self.random.choice(("block", "advise", "off"))}]

    def write(self, place: Path) -> Path:
        """The layer as a folder; both of its surfaces are there, so that names in other entries mean something."""
        place.mkdir()
        bare = {"actions": ["read", "write"], "explicit_only": True}
        there = {name for path, entry in self.entries.values() if path[-1] == "surfaces" for name in entry}
        surfaces = {name: bare for name in OWN if name not in there}
        (place / "a.yaml").write_text(
            json.dumps({"scopeguard": 1, "pack": {"extends": "default"}, "catalog": {"surfaces": surfaces}})
        )
        for name, (path, entry) in self.entries.items():
            file = entry
            for step in reversed(path):
                file = {step: file}
            (place / name).write_text(json.dumps({"scopeguard": 1, **file}))
        return place


def loaded(layer: Layer, place: Path) -> Guard:
    """A guard for what of a layer loads without saying that it loosens."""
    for number in range(12):
        written = layer.write(place / f"layer{number}")
        errors = {Path(each.file).name for each in find_problems(written) if each.severity is Severity.ERROR}
        if not errors:
            return Guard.load(written)
        layer.entries = {name: entry for name, entry in layer.entries.items() if name not in errors}
    raise AssertionError(errors)


def principal(random: Random) -> Principal:
    """Somebody that the layer below knows, or that only the layer above knows."""
    kind = random.choice(KINDS)
    scopes = random.sample(
        ("all:write", "documents:read", "originals:read", "notes:read", "own:s0", "own:s1", "own:s2"), 2
    )
    if kind == "api_key":
        return Principal.api_key("key_1", workspace="ws_1", scopes=scopes)
    if kind == "member":
        roles = random.sample(("editor", "archivist", "own0", "own1", "own2", "own3"), 1)
        return Principal.member("usr_1", workspace="ws_1", roles=roles)
    if kind == "session":
        return Principal.session("ses_1", workspace="ws_1", scopes=scopes, expires_at=LATER)
    return Principal.system("job_1", workspace="ws_1")


def allows(guard: Guard, who: Principal, action: str, context: Context) -> bool:
    """Whether a request is allowed; a question that is refused is not."""
    surface = guard.catalog.surface_of(action)
    about = None if surface is None else Resource(surface, "x_1", workspace="ws_1")
    try:
        return about is not None and guard.check(who, action, about, context).allowed
    except RequestError:
        return False


@law(40)
@given(random=randoms())
def test_a_layer_above_narrows(below: Guard, random: Random) -> None:
    """Nothing is allowed on a surface of the layer below, and nothing kept from its meters, that is not so there."""
    with folder() as place:
        above = loaded(Layer(random), place)
    old = below.catalog.surfaces
    actions = [
        each
        for each in (*above.catalog.permissions, *above.catalog.operations)
        if above.catalog.surface_of(each) in old
    ]
    for _ in range(60):
        who, action, environment = principal(random), random.choice(actions), random.choice(ENVIRONMENTS)
        context = Context(channel=random.choice(CHANNELS), environment=environment, now=NOW, facts=FACTS)
        assert allows(below, who, action, context) or not allows(above, who, action, context), (who, action, context)
    brought = {each.partition(":")[2] for each in above.catalog.scopes["all:write"] if each.partition(":")[0] in OWN}
    assert brought <= {"write"}, "a scope of the layer below brings more than it names on a surface of the layer above"
    for environment in ENVIRONMENTS:
        for channel in CHANNELS:
            for sender in SENDERS:
                event = UsageEvent(channel, "text", sender, environment)
                counted = below.classify(event).meter
                assert counted is None or above.classify(event).meter == counted


SAYING = {
    "scopes": {"own:s0": {"includes": ["all:write"]}},
    "roles": {"own0": {"holds": ["documents:read"]}},
    "rules": [{"id": "own.r0", "effect": "allow", "on": ["originals:read"], "kinds": ["api_key"]}],
}


@pytest.mark.parametrize("section", SAYING)
def test_what_loosens_and_says_so_loads(section: str, below: Guard, tmp_path: Path) -> None:
    """With a reason the same entries load, and let done what they say; without it they do not load."""
    entries: Any = SAYING[section]
    said = ([{**each, "loosens": "it is meant"} for each in entries] if isinstance(entries, list)
            else {name: {**each, "loosens": "it is meant"} for name, each in entries.items()})  # fmt: skip
    file = tmp_path / "layer.yaml"
    head = {"scopeguard": 1, "pack": {"extends": "default"}}
    file.write_text(json.dumps({**head, section: entries}), encoding="utf-8")
    assert [each.code for each in find_problems(file)] == ["SG220"]
    file.write_text(json.dumps({**head, section: said}), encoding="utf-8")
    above = Guard.load(file)
    key = Principal.api_key("key_1", workspace="ws_1", scopes="own:s0")
    member = Principal.member("usr_1", workspace="ws_1", roles=["own0"])
    asked = {
        "scopes": (key, "documents:read", Context(channel="server")),
        "roles": (member, "documents:read", Context(channel="dashboard")),
        "rules": (key, "originals:read", Context(channel="server")),
    }
    who, action, context = asked[section]
    assert (allows(below, who, action, context), allows(above, who, action, context)) == (False, True)
