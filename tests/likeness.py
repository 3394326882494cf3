"""Requests that are like another one: of the same class in all that is kept, or of one that differs in a single part."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from scopeguard import Context, Principal, Resource
from scopeguard.model.input_validation import thaw
from tests.strategies import (
    ACTIONS,
    ATTRIBUTES,
    BUCKETS,
    CHANNELS,
    ENVIRONMENTS,
    FLAGS,
    IDS,
    METERS,
    NOW,
    PROVIDERS,
    ROLES,
    WORKSPACES,
    Maker,
    Request,
    Section,
)

CLASSES = (
    *FLAGS, *FLAGS, 'context.channel == "server"', 'context.environment == "production"', "has(context.ip)",
    "has(context.now)", "has(context.channel)", "has(context.device)", "has(context.device.trusted)",
    "has(context.device.trusted) && context.device.trusted",
)  # fmt: skip
"""Conditions about what the class of a context tells, and about what it does not tell."""


class Keyed(Maker):
    """Makes packs whose rules mostly read what keys are made of."""

    def about_context(self) -> str:
        """A condition about the circumstances."""
        return self.one(CLASSES) if self.chance(60) else super().about_context()

    def request(self) -> Request:
        """A question about the pack made last, mostly about what gates may count."""
        tries = (super(Keyed, self).request() for _ in range(4))
        return next((each for each in tries if each.action in self.operations), super().request())

    def siblings(self, request: Request) -> Iterator[Request]:
        """Requests of the same classes: others ask, about something else, and the host tells other facts."""
        yield self.sibling(request)
        yield self.sibling(request, told=False)
        # What is told depends on little: it shows where that alone differs.
        yield from (replace(request, context=each) for each in self.retold(request.context))
        yield from (replace(request, context=context(request.context, facts=each, now=NOW)) for each in told())
        yield replace(request, context=context(request.context, now=None if request.context.now else NOW))

    def sibling(self, request: Request, *, told: bool = True) -> Request:
        """One of the same classes, where *told* with other facts."""
        who, about, where = request.principal, request.resource, request.context
        workspace = who.workspace and self.one(WORKSPACES)
        other = principal(
            who,
            id=None if who.id is None or self.chance(20) else self.one(("p", "p1", "x1")),
            workspace=workspace,
            attributes={name: self.another("principal", name, value) for name, value in plain(who.attributes).items()},
        )
        if about is not None:
            elsewhere = about.workspace and ("elsewhere" if about.workspace != who.workspace else workspace or "ws_1")
            about = Resource(
                about.surface, self.one((*IDS, None)), elsewhere, {} if self.chance(30) else self.attributes("resource")
            )
        attributes = {name: self.another("context", name, value) for name, value in plain(where.attributes).items()}
        facts = self.attributes("facts") | self.facts() if told else plain(where.facts)
        return Request(other, request.action, about, context(where, attributes=attributes, facts=facts))

    def another(self, root: str, name: str, value: Any) -> Any:
        """Another value for an attribute; flags stay, for the class of a context tells them."""
        made = value if name not in ATTRIBUTES[root] or type(value) is bool else self.value(ATTRIBUTES[root][name])
        return value if made is None or type(made) is bool else made

    def retold(self, given: Context) -> Iterator[Context]:
        """The same with a single fact, or a single field of a record of facts, as it is in another telling."""
        facts, others = plain(given.facts), self.attributes("facts") | self.facts()
        for name in self.some(sorted(facts.keys() & others.keys()), most=4):
            yield context(given, facts={**facts, name: others[name]})
        yield from (context(given, facts=each) for each in self.refilled(facts, others))

    def refilled(self, facts: Section, others: Section) -> Iterator[Section]:
        """Facts with one field of one record another."""
        for name in ("entitlements", "fair_use"):
            records, told = facts.get(name), others.get(name)
            if not isinstance(records, Mapping) or not isinstance(told, Mapping):
                continue
            for key in sorted(records.keys() & told.keys()):
                record, new = records[key], told[key]
                if isinstance(record, Mapping) and isinstance(new, Mapping):
                    for each in ("resets_at", "used"):
                        if each in new:
                            yield {**facts, name: {**records, key: {**record, each: new[each]}}}

    def neighbours(self, request: Request) -> Iterator[Request]:
        """Requests that differ from this one in a single part of a key."""
        who, about, where = request.principal, request.resource, request.context
        yield from (replace(request, principal=each) for each in self.neighbouring(who))
        yield from (replace(request, context=each) for each in self.surrounding(where))
        if about is not None:
            given = plain(about.attributes)
            for workspace in {who.workspace, "elsewhere", None} - {about.workspace}:
                yield replace(request, resource=Resource(about.surface, about.id, workspace, given))
            yield replace(request, resource=None)
        surface, _, asked = request.action.partition(":")
        yield from (replace(request, action=f"{surface}:{each}") for each in ACTIONS if each != asked)

    def surrounding(self, where: Context) -> Iterator[Context]:
        """Contexts of other classes: a channel, an environment, a flag, or an attribute more or less."""
        given = plain(where.attributes)
        yield from (context(where, channel=each) for each in (*CHANNELS, None) if each != where.channel)
        yield from (context(where, environment=each) for each in ENVIRONMENTS if each != where.environment)
        for name, value in given.items():
            yield context(where, attributes={key: each for key, each in given.items() if key != name})
            if type(value) is bool:
                yield context(where, attributes={**given, name: not value})
        for name in sorted(ATTRIBUTES["context"].keys() - given.keys()):
            if (value := self.value(ATTRIBUTES["context"][name])) is not None:
                yield context(where, attributes={**given, name: value})

    def neighbouring(self, who: Principal) -> Iterator[Principal]:
        """Principals of other classes: a scope, its narrowing, a role, the ceiling, an attribute, or the kind."""
        given = plain(who.attributes)
        if who.kind in ("api_key", "session"):
            for text in sorted(who.scopes):
                head, _, narrowed = text.partition("/")
                yield principal(who, scopes=who.scopes - {text})
                yield principal(who, scopes=who.scopes - {text} | {head if narrowed else f"{head}/{self.one(IDS)}"})
            others = {text for text in who.scopes if "/" in text}
            yield principal(
                who, scopes=who.scopes - others | {f"{text.partition('/')[0]}/{self.one(IDS)}" for text in others}
            )
            yield principal(who, scopes=who.scopes | {self.scope()})
            yield principal(who, kind="session" if who.kind == "api_key" else "api_key")
        if who.kind == "member":
            yield from (principal(who, roles=who.roles ^ {name}) for name in self.some(ROLES, least=1, most=2))
        if who.kind in ("api_key", "member", "session"):
            yield principal(who, ceiling=frozenset() if who.ceiling is None else None)
            yield principal(who, ceiling=frozenset(self.scope(anything=True) for _ in range(2)))
            limits = who.ceiling or ()
            yield principal(who, ceiling=frozenset(f"{text.partition('/')[0]}/{self.one(IDS)}" for text in limits))
        for name in given:
            yield principal(who, attributes={key: each for key, each in given.items() if key != name})
        for name, value in (("revoked", True), ("suspended", True), ("sso", True), ("team", "x"), ("level", 1)):
            if name not in given:
                yield principal(who, attributes={**given, name: value})


def told() -> Iterator[Section]:
    """Facts by which every gate speaks, and the same with one thing another that an answer may tell of."""

    def facts(resets: timedelta, grace: timedelta, provider: str, quantity: object, status: str) -> Section:
        counted = {"limit": 1, "used": 1, "reserved": 0, "kind": "hard", "resets_at": NOW + resets}
        return {
            "as_of": NOW,
            "entitlements": dict.fromkeys(METERS, counted),
            "fair_use": dict.fromkeys(BUCKETS, counted),
            "providers": {**dict.fromkeys(PROVIDERS, "missing"), PROVIDERS[0]: provider},
            "payment": {"status": status, "grace_until": NOW + grace},
            "wallet": {"status": "ok"},
            "quantity": quantity,
        }

    early, late = timedelta(days=1), timedelta(days=2)
    for status in ("grace", "interrupted"):
        yield facts(early, early, "missing", 1, status)
        yield facts(late, early, "missing", 1, status)
        yield facts(early, late, "missing", 1, status)
        yield facts(early, early, "ready", 1, status)
        yield facts(early, early, "missing", 2, status)
        yield facts(early, early, "missing", True, status)


def plain(values: Mapping[str, Any]) -> Section:
    """What a host may have given for some frozen values."""
    return {name: thaw(value) for name, value in values.items()}


def principal(who: Principal, **parts: Any) -> Principal:
    """A principal of its own, with some parts others: nothing that the first remembers comes along."""
    given = {name: getattr(who, name) for name in ("kind", "id", "workspace", "scopes", "roles", "ceiling")}
    return Principal(**{**given, "attributes": plain(who.attributes), **parts})


def context(where: Context, **parts: Any) -> Context:
    """A context with some parts others."""
    given = {"channel": where.channel, "environment": where.environment, "facts": plain(where.facts), "now": where.now}
    return Context(**{**given, "attributes": plain(where.attributes), **parts})
