"""SG201, SG702, SG703, SG707 and SG708: the matrices of tests, every row key resolved, every cell with its one word."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.test_suites.expectations import ALLOW, DENY, Counted, Expectation, ExpectedMatrix
from scopeguard.checking.test_suites.fixture_values import FixtureTypeError, instant
from scopeguard.checking.test_suites.fixtures import FixtureReader
from scopeguard.checking.texts import is_dotted_name
from scopeguard.documents.entries import Entry
from scopeguard.documents.suites import CountedDoc, ExpectationDoc, MatrixDoc
from scopeguard.errors import Diagnostic, Hint, quoted
from scopeguard.limits import MAX_TEST_CELLS
from scopeguard.model.aliases import by_alias
from scopeguard.model.request import Context, Resource
from scopeguard.model.structs import replaced
from scopeguard.model.translator import Translator
from scopeguard.model.usage import UsageEvent
from scopeguard.syntax.parser import ExpressionError, parse_pattern


class Budget:
    """How many cells of one file are still looked at."""

    def __init__(self) -> None:
        self._left = MAX_TEST_CELLS
        self.is_exceeded = False
        """Whether it was reported that there are too many."""

    def spend(self, cells: int) -> bool:
        """Whether there was enough left for so many."""
        self._left -= cells
        return self._left >= 0


@dataclass(slots=True)
class _Lines:
    """The actions that one row key matches; *path* leads to it, from the matrix."""

    path: Path
    text: str
    actions: tuple[str, ...]
    cells: Mapping[str, Expectation] = field(default_factory=dict)
    """By column; of an expectation without a code the word is empty."""
    is_key: bool = True
    """Whether *path* leads to a key, and not to an item of a list."""


_KNOWN: Final = (
    ("code", "recovery"), ("also", "recovery"), ("advice", "recovery"), ("redact", "surfaces"), ("meter", "meters"),
)  # fmt: skip
"""Parts of an expectation that name something of the catalog."""

_NOT_COUNTED: Final = "none"
"""The meter of an event that is not counted."""


def _cells(lines: Iterable[_Lines]) -> Iterator[tuple[str, str, Expectation]]:
    return ((action, column, said) for each in lines for column, said in each.cells.items() for action in each.actions)


class GridReader:
    """Reads one matrix; *findings* holds what is wrong with it."""

    def __init__(self, entry: Entry, namer: FixtureReader, parsed: ParsedPack, budget: Budget) -> None:
        self._entry = entry
        self._doc: MatrixDoc = entry.content
        self._reader = namer
        self._parsed = parsed
        self._budget = budget
        self._called = by_alias(parsed.catalog.aliases.actions)
        self._inside = Translator(parsed.catalog.aliases)
        self.findings: list[Diagnostic] = []

    def read(self) -> ExpectedMatrix | None:
        """The matrix; None where anything is wrong with it."""
        doc = self._doc
        columns = self._columns()
        contexts, resources = self._contexts(columns), self._resources()
        only = tuple(self._only())
        table, expect = (list(self._lines(part, contexts)) for part in ("table", "expect"))
        audited = list(self._audited())
        # An operation is a row where it is named; permissions always are rows.
        named = dict.fromkeys(action for lines in (*table, *expect) for action in lines.actions)
        rows = only if doc.only else tuple(dict.fromkeys((*self._parsed.catalog.permissions, *named)))
        if not self._afford(len(rows) * len(columns)) or self.findings:
            return None
        for lines in (*table, *expect, *audited):
            lines.actions = self._within(lines, frozenset(rows))
        wanted = self._wanted(table, expect)
        self._asked_about(rows)
        if self.findings or not all(name in self._reader.named.principals for name in columns):
            return None
        row_paths = {action: lines.path for lines in reversed((*table, *expect)) for action in lines.actions}
        always = None if doc.audited is None else frozenset(action for lines in audited for action in lines.actions)
        return ExpectedMatrix(self._entry, columns, rows, wanted, row_paths, contexts, resources, always)

    def _report(self, path: Path, code: str, message: str, hint: Hint = None, *, key: bool = False) -> None:
        self.findings.append(finding(self._entry, path, code, message, hint, key=key))

    def _named(self, section: str, path: Path, name: str) -> None:
        self.findings.extend(self._reader.check_known(section, self._entry, path, name))

    def _known(self, path: Path, kind: str, name: str, **where: Any) -> None:
        self.findings.extend(self._parsed.names.check_known(self._entry, path, kind, name, **where))

    def _afford(self, cells: int) -> bool:
        if self._budget.spend(cells):
            return True
        if not self._budget.is_exceeded:
            self._budget.is_exceeded = True
            self._report(("id",), "SG708", f"more than {MAX_TEST_CELLS} cells in a file", "split it")
        return False

    def _columns(self) -> tuple[str, ...]:
        found: dict[str, Path] = {}
        for index, name in enumerate(self._doc.principals):
            path = ("principals", index)
            if name in found:
                self._report(path, "SG201", f"principal {quoted(name)} has two columns", self._first(found[name]))
            else:
                found[name] = path
                self._named("principals", path, name)
        return tuple(found)

    def _contexts(self, columns: tuple[str, ...]) -> dict[str, Context]:
        doc, named = self._doc, self._reader.named
        single = doc.contexts or {}
        if doc.context is not None:
            self._named("contexts", ("context",), doc.context)
        for column, name in single.items():
            self._column(("contexts", column), column)
            self._named("contexts", ("contexts", column), name)
        if doc.facts is not None:
            self._named("facts", ("facts",), doc.facts)
        found = {}
        for column in columns:
            where = single.get(column) or doc.context
            context = self._reader.default_context() if where is None else named.contexts.get(where, Context())
            found[column] = context if doc.facts is None else replaced(context, facts=named.facts.get(doc.facts, {}))
        return found

    def _resources(self) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for index, name in enumerate(self._doc.resources or ()):
            path = ("resources", index)
            self._named("resources", path, name)
            resource = self._reader.named.resources.get(name)
            if resource is not None and resource.surface in found:
                message = f"a second resource of surface {quoted(resource.surface)}"
                self._report(path, "SG703", message, "a row asks about one; put the other into a matrix of its own")
            elif resource is not None:
                found[resource.surface] = resource
        return found

    def _asked_about(self, rows: Iterable[str]) -> None:
        """Every resource is one that a row asks about: with another the matrix would read as more than it tries."""
        catalog = self._parsed.catalog
        idle = catalog.surfaces.keys() - map(catalog.surface_of, rows)
        for index, name in enumerate(self._doc.resources or ()):
            resource = self._reader.named.resources.get(name)
            if resource is not None and resource.surface in idle:
                message = f"resource {quoted(name)} is on {quoted(resource.surface)}, and no row of this matrix is"
                self._report(("resources", index), "SG702", message, "name a row of that surface under only")

    def _column(self, path: Path, name: str) -> None:
        columns = self._doc.principals
        # One that is misspelt among the principals is reported there, and not at each of its cells.
        if name not in columns and all(self._reader.named.knows("principals", each) for each in columns):
            hint = self._parsed.names.hints.near(
                name, columns, f"columns of {self._entry.document.file} {self._doc.id}"
            )
            message = f"{quoted(name)} is no principal of this matrix"
            self._report(path, "SG702", message, hint or "name it under principals", key=True)

    def _only(self) -> Iterator[str]:
        found: dict[str, None] = {}
        for index, text in enumerate(self._doc.only or ()):
            found.update(dict.fromkeys(self._actions(("only", index), text, key=False)))
        yield from found

    def _audited(self) -> Iterator[_Lines]:
        """The rows of which every decision is to be audited."""
        for index, text in enumerate(self._doc.audited or ()):
            path = ("audited", index)
            yield _Lines(path, text, self._actions(path, text, key=False), is_key=False)

    def _lines(self, part: str, contexts: Mapping[str, Context]) -> Iterator[_Lines]:
        section: Mapping[str, Mapping[str, str | ExpectationDoc]] = getattr(self._doc, part) or {}
        for text, row in section.items():
            path = (part, text)
            for column in row:
                self._column((*path, column), column)
            cells = {column: self._cell((*path, column), said, contexts.get(column)) for column, said in row.items()}
            yield _Lines(path, text, self._actions(path, text, key=True), cells)

    def _cell(self, path: Path, said: str | ExpectationDoc, context: Context | None) -> Expectation:
        if isinstance(said, ExpectationDoc):
            if not said.model_fields_set:
                hint = "say what is expected, such as code: scope_missing, or leave the cell out"
                self._report(path, "SG707", "a cell that expects nothing", hint, key=True)
            more = self._more(path, said)
            if said.events is not None:
                more["events"] = list(self._counted((*path, "events"), said.events, context))
            return Expectation(more.pop("code", ""), path, more)
        if said not in (ALLOW, DENY):
            self._known(path, "recovery", said)
        return Expectation(said, path)

    def _actions(self, path: Path, text: str, *, key: bool) -> tuple[str, ...]:
        """The permissions or the operation that *text* matches; none of them where it is wrong."""
        before = len(self.findings)
        surfaces = self._parsed.catalog.surfaces
        text = self._called.get(text, text)
        if is_dotted_name(text):
            self._known(path, "operations", text, key=key)
            return () if len(self.findings) > before else (text,)
        try:
            pattern = parse_pattern(text)
        except ExpressionError as error:
            self.findings.append(
                finding(self._entry, path, error.code, error.message, error.hint, key=key, offset=error.offset)
            )
            return ()
        self.findings.extend(self._parsed.names.unknown_in_pattern(self._entry, path, text, pattern, key=key))
        # A row asks and grants nothing, so that a wildcard is every surface.
        affordable = self._afford(1 if pattern.surface else len(surfaces))
        return expand_pattern(pattern, surfaces, wildcard_reaches_all=True) if affordable else ()

    def _within(self, lines: _Lines, rows: frozenset[str]) -> tuple[str, ...]:
        covered = tuple(action for action in lines.actions if action in rows)
        # Where a file of the pack cannot be read, a row may name what is not known.
        if lines.actions and not covered:
            message = f"{quoted(lines.text)} is no row of this matrix"
            self._report(lines.path, "SG702", message, "name it under only", key=lines.is_key)
        return covered if self._afford(len(covered) * len(lines.cells)) else ()

    def _wanted(self, table: Iterable[_Lines], expect: Iterable[_Lines]) -> dict[tuple[str, str], Expectation]:
        wanted: dict[tuple[str, str], Expectation] = {}
        for action, column, said in _cells(table):
            self._agree(action, column, wanted.setdefault((action, column), said), said.word, said.path)
        first: dict[tuple[str, str], Path] = {}
        for action, column, more in _cells(expect):
            cell = (action, column)
            if first.setdefault(cell, more.path) != more.path:
                message = f"more is expected twice of {quoted(action)} for {quoted(column)}"
                self._report(more.path, "SG703", message, self._first(first[cell]), key=True)
            said = wanted.get(cell, Expectation(DENY, more.path))
            if more.word and said.word != DENY:
                self._agree(action, column, said, more.word, (*more.path, "code"))
            wanted[cell] = Expectation(more.word or said.word, said.path, more.more)
        return wanted

    def _agree(self, action: str, column: str, first: Expectation, word: str, path: Path) -> None:
        if first.word != word:
            message = f"{quoted(action)} is {first.word} and {word} for {quoted(column)}"
            self._report(path, "SG703", message, self._first(first.path))

    def _first(self, path: Path) -> str:
        return f"first said at {self._entry.document.locate((*self._entry.path, *path))}"

    def _more(self, path: Path, doc: ExpectationDoc) -> dict[str, Any]:
        more = {name: getattr(doc, name) for name in sorted(doc.model_fields_set)}
        for name, kind in _KNOWN:
            value = more.get(name)
            if isinstance(value, str):
                self._known((*path, name), kind, value)
            for index, item in enumerate(value if isinstance(value, list) else ()):
                self._known((*path, name, index), kind, item)
        if doc.needed is not None:
            more["needed"] = list(self._inside.scopes(doc.needed))
        if doc.retry_at is not None:
            try:
                more["retry_at"] = instant(doc.retry_at)
            except FixtureTypeError as error:
                self._report((*path, "retry_at"), "SG704", error.message, error.hint)
        return more

    def _counted(self, path: Path, events: Iterable[CountedDoc], context: Context | None) -> Iterator[Counted]:
        """What events are to count on, in the environment of the circumstances and through their channel or another."""
        where = Context() if context is None else context
        for index, doc in enumerate(events):
            channel = doc.channel or where.channel
            if doc.meter != _NOT_COUNTED:
                self._known((*path, index, "meter"), "meters", doc.meter)
            if doc.channel is not None:
                self._known((*path, index, "channel"), "channels", doc.channel)
            if channel is not None:
                event = UsageEvent(channel, doc.modality, doc.sender, where.environment)
                yield Counted(event, None if doc.meter == _NOT_COUNTED else doc.meter, doc.row)
            elif context is not None:
                hint = "name one here, or circumstances that have one"
                self._report((*path, index), "SG704", "the event has no channel", hint)
