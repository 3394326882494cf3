"""SG704 to SG706: the principals, resources, facts and circumstances that tests name, made of what is written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.rules.qualifiers import misplaced, misplaced_role
from scopeguard.checking.test_suites.fixture_values import FixtureTypeError, FixtureValues, instant
from scopeguard.checking.texts import offset_of
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.documents.suites import CircumstancesDoc, PrincipalDoc, ResourceDoc
from scopeguard.errors import Diagnostic, RequestError, quoted
from scopeguard.model.principal import Principal
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS, make_principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.translator import Translator
from scopeguard.semantics.built_in_variables import CREDENTIAL_TYPES, FACTS
from scopeguard.syntax.parser import ExpressionError, parse_grants

_T = TypeVar("_T")

WORDS: Final[Mapping[str, str]] = MappingProxyType({
    "principals": "principal", "resources": "resource", "facts": "facts", "contexts": "context",
})  # fmt: skip
"""The sections that name things, each with what it calls one of them."""


@dataclass(frozen=True, slots=True)
class Fixtures:
    """What a file of tests names. An entry with a mistake in it is left out, and is in *names* still."""

    names: Mapping[str, frozenset[str]]
    principals: dict[str, Principal] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    contexts: dict[str, Context] = field(default_factory=dict)

    def knows(self, section: str, name: str) -> bool:
        """Whether something of a section has this name."""
        return name in self.names[section]


class FixtureReader:
    """Reads the named things of one file of tests; *findings* holds what is wrong with them."""

    def __init__(self, own: Pack, parsed: ParsedPack) -> None:
        self._own = own
        self._parsed = parsed
        self._declared = parsed.variables.declared
        self.findings: list[Diagnostic] = []
        self._now: datetime | None = None
        self.named = Fixtures(
            {
                kind: frozenset(entry.name for entry in self._entries(kind)) | own.broken[f"tests.{kind}"]
                for kind in WORDS
            }
        )

    def read(self) -> Fixtures:
        """Everything that is named."""
        for document in self._own.documents:
            if document.content.tests is not None:
                tests = Entry(document, ("tests",), "tests", document.content.tests)
                self._now = self._moment(tests, document.content.tests.now)
        for entry in self._entries("principals"):
            self._keep(self.named.principals, entry, self._principal)
        for entry in self._entries("resources"):
            self._keep(self.named.resources, entry, self._resource)
        for entry in self._entries("facts"):
            self._keep(self.named.facts, entry, self._facts)
        for entry in self._entries("contexts"):
            self._keep(self.named.contexts, entry, self._context)
        return self.named

    def default_context(self) -> Context:
        """The circumstances where none are named: the time of the tests, and nothing else."""
        return Context(now=self._now)

    def check_known(
        self, section: str, entry: Entry, path: Path, name: str, *, key: bool = False
    ) -> Iterator[Diagnostic]:
        """A finding where nothing of a section has this name."""
        if not self.named.knows(section, name):
            hint = self._parsed.names.hints.near(name, self.named.names[section], f"{entry.document.file} {section}")
            yield finding(entry, path, "SG701", f"unknown {WORDS[section]} {quoted(name)}", hint, key=key)

    def _moment(self, entry: Entry, text: str | None) -> datetime | None:
        if text is None:
            return None
        try:
            return instant(text)
        except FixtureTypeError as error:
            self.findings.append(finding(entry, ("now",), "SG704", error.message, error.hint))
            return None

    def _entries(self, section: str) -> Iterator[Entry]:
        return self._own.entries(f"tests.{section}")

    def _keep(self, into: dict[str, _T], entry: Entry, make: Callable[[Entry], _T]) -> None:
        before = len(self.findings)
        try:
            made = make(entry)
        except RequestError as error:
            # What was reported at its own place need not be reported of the whole as well.
            if len(self.findings) == before:
                self.findings.append(finding(entry, (), "SG706", str(error), key=True))
        else:
            if len(self.findings) == before:
                into[entry.name] = made

    def _given(self, entry: Entry, path: Path, root: str, surface: str | None, values: Any) -> dict[str, Any]:
        into: dict[str, Any] = {}
        names = self._declared.everywhere() if surface is None else self._declared.for_surfaces((surface,))
        given = FixtureValues(names, root, self._parsed.names, self._parsed.catalog)
        self.findings.extend(given.read(entry, path, values or {}, into))
        return into

    def _known(self, entry: Entry, path: Path, kind: str, name: str) -> None:
        self.findings.extend(self._parsed.names.check_known(entry, path, kind, name))

    def _principal(self, entry: Entry) -> Principal:
        doc: PrincipalDoc = entry.content
        making = PRINCIPAL_KINDS[doc.kind]
        for part in sorted(doc.model_fields_set - {"kind"} - making.parts):
            having = ", ".join(kind for kind, other in PRINCIPAL_KINDS.items() if part in other.parts)
            message = f"a principal of the kind {doc.kind} has no {part}"
            self.findings.append(finding(entry, (part,), "SG705", message, f"it goes with {having}", key=True))
        for name in sorted(CREDENTIAL_TYPES.keys() & (doc.attributes or {}).keys() - making.states):
            having = ", ".join(kind for kind, other in PRINCIPAL_KINDS.items() if name in other.states)
            message = f"a principal of the kind {doc.kind} has no state {quoted(name)}"
            path = ("attributes", name)
            self.findings.append(finding(entry, path, "SG705", message, f"it goes with {having}", key=True))
        # Tests name scopes and roles as tokens and stores do.
        inside = Translator(self._parsed.catalog.aliases)
        roles = None if doc.roles is None else list(map(inside.role, doc.roles))
        scopes, ceiling = inside.scopes(doc.scopes), inside.scopes(doc.ceiling)
        for index, role in enumerate(roles or ()):
            found = misplaced_role(entry, ("roles", index), role, self._parsed.names, self._parsed.catalog)
            self.findings.extend(found)
        self._scopes(entry, "scopes", scopes)
        self._scopes(entry, "ceiling", ceiling)
        parts: dict[str, object] = {"id": doc.id or entry.name, "workspace": doc.workspace}
        parts |= {"scopes": scopes, "roles": roles, "ceiling": ceiling}
        return make_principal(doc.kind, parts, self._given(entry, ("attributes",), "principal", None, doc.attributes))

    def _scopes(self, entry: Entry, part: str, text: str | None) -> None:
        names, catalog = self._parsed.names, self._parsed.catalog
        try:
            grants = () if text is None else parse_grants(text)
        except ExpressionError as error:
            self.findings.append(finding(entry, (part,), error.code, error.message, error.hint, offset=error.offset))
            return
        for grant in grants:
            offset = offset_of(text or "", str(grant))
            if part == "scopes" or not names.knows("grants", grant.permission):
                self.findings.extend(names.check_known(entry, (part,), "scopes", grant.permission, offset=offset))
            self.findings.extend(misplaced(entry, (part,), grant, catalog, offset=offset))

    def _resource(self, entry: Entry) -> Resource:
        doc: ResourceDoc = entry.content
        self._known(entry, ("surface",), "surfaces", doc.surface)
        if doc.surface not in self._parsed.catalog.surfaces:
            # Nobody knows its attributes.
            return Resource(doc.surface, doc.id, doc.workspace)
        attributes = self._given(entry, ("attributes",), "resource", doc.surface, doc.attributes)
        return Resource(doc.surface, doc.id, doc.workspace, attributes)

    def _facts(self, entry: Entry) -> Mapping[str, Any]:
        return self._given(entry, (), FACTS, None, entry.content)

    def _context(self, entry: Entry) -> Context:
        doc: CircumstancesDoc = entry.content
        if doc.channel is not None:
            self._known(entry, ("channel",), "channels", doc.channel)
        if "environment" in doc.model_fields_set:
            self._known(entry, ("environment",), "environments", doc.environment)
        if doc.facts is not None:
            self.findings.extend(self.check_known("facts", entry, ("facts",), doc.facts))
        return Context(
            channel=doc.channel,
            environment=doc.environment,
            facts={} if doc.facts is None else self.named.facts.get(doc.facts, {}),
            now=self._moment(entry, doc.now) or self._now,
            attributes=self._given(entry, ("attributes",), "context", None, doc.attributes),
        )
