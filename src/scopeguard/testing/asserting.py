"""Assertions for tests in Python; what they raise shows the decision, the rules and the changed cells."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

from scopeguard.checking.test_suites.expectations import ALLOW, DENY
from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.guard import Guard
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import LEFT_OUT, Context, Resource
from scopeguard.testing.running import run_cell, undecided, worded
from scopeguard.testing.suites import Cell, resource_for
from scopeguard.testing.tables import explanation_lines, failed_matrix

Table: TypeAlias = str | Mapping[str, Mapping[str, str]]
"""An aligned text, or a mapping from action to principal to ``allow``, ``deny`` or a code."""

_NO_CONTEXT: Final = Context()
_ACTION: Final = "permission or operation"


def assert_allowed(
    guard: Guard, principal: Principal, action: str, resource: object = LEFT_OUT, context: Context = _NO_CONTEXT
) -> Decision:
    """The decision of *guard* on *principal*, *action*, *resource* and *context*, which allows.

    Raises AssertionError where it denies, RequestError for a malformed question, and for one that names what the
    catalog does not have.
    """
    __tracebackhide__ = True
    _refuse_unknown(guard, principal, action, resource, context)
    decision = guard.check(principal, action, resource, context)
    if not decision.allowed:
        raise AssertionError(_why("expected allow", guard, principal, action, resource, context))
    return decision


def assert_denied(
    guard: Guard,
    principal: Principal,
    action: str,
    resource: object = LEFT_OUT,
    context: Context = _NO_CONTEXT,
    *,
    by: str | Iterable[str] = (),
    code: str | None = None,
) -> Decision:
    """The decision of *guard* on *principal*, *action*, *resource* and *context*, which denies; else AssertionError.

    *by* names a rule, or several, that are to be among those that decided; *code* is to be the decision's code. A
    denial for want of a value that a rule reads is the expected one only where *by* names the rule.

    Raises RequestError for a malformed question, and for one that names what the catalog does not have: an action, a
    role, a scope, a code, a rule, an attribute or a fact that is misspelt would be denied whatever the policies say.
    """
    __tracebackhide__ = True
    _refuse_unknown(guard, principal, action, resource, context)
    wanted = [by] if isinstance(by, str) else list(by)
    for rule in wanted:
        if guard.place(rule) is None:
            raise RequestError(f"no rule {quoted(rule)} in the pack")
    if code is not None:
        _require(code, guard.catalog.codes, "code")
    decision = guard.check(principal, action, resource, context)
    missing = [rule for rule in wanted if rule not in decision.rules]
    blind = [rule for rule in undecided(decision) if rule not in wanted]
    if decision.allowed or missing or blind or code not in (None, decision.code):
        rules = f" by {', '.join(wanted)}" if wanted else ""
        expected = f"expected {worded(code or DENY)}{rules}"
        if blind:
            expected += f", and not for want of what {', '.join(blind)} reads"
        mentioned = (*wanted, *(() if code is None else (code,)))
        raise AssertionError(_why(expected, guard, principal, action, resource, context, wanted=mentioned))
    return decision


def assert_matrix(
    guard: Guard,
    principals: Mapping[str, Principal],
    expected: Table,
    context: Context | Mapping[str, Context] = _NO_CONTEXT,
    *,
    resources: Iterable[Resource] = (),
) -> None:
    """Every action of the table *expected*, asked of *guard* by each of *principals*, is answered as the table says.

    A text has the names of principals in its first line and an action in front of each other one, all separated by
    spaces; cells are ``allow``, ``deny`` or a code. In a mapping a cell that is not there means ``deny``. *context* is
    one for all, or by name of a principal. A row asks about the one of *resources* that is of its surface.

    Raises AssertionError with the changed cells, and RequestError for a table that cannot be read, for an unknown
    principal, role, scope, action, code or surface, and for two resources of one surface.
    """
    __tracebackhide__ = True
    table = _read(expected, principals) if isinstance(expected, str) else expected
    if not table:
        raise RequestError("a table without a line asks nothing")
    if not principals:
        raise RequestError("a table without a principal asks nothing")
    contexts = dict.fromkeys(principals, context) if isinstance(context, Context) else context
    if not isinstance(contexts, Mapping):
        raise RequestError(f"a context must be a Context or a mapping of them, not {type(context).__name__}")
    for column in contexts:
        _require(column, principals, "principal")
    about = _by_surface(guard, resources)
    cells = []
    for action, row in table.items():
        _require(guard.catalog.called(action), (*guard.catalog.permissions, *guard.catalog.operations), _ACTION)
        for column, word in row.items():
            _require(column, principals, "principal")
            _require(word, (ALLOW, DENY, *guard.catalog.codes), "answer")
        for column, principal in principals.items():
            where, resource = contexts.get(column, _NO_CONTEXT), resource_for(guard, action, about)
            _refuse_unknown(guard, principal, action, LEFT_OUT if resource is None else resource, where)
            cells.append(Cell("", "", action, column, principal, resource, where, row.get(column, DENY)))
    results = [run_cell(guard, cell) for cell in cells]
    if not all(result.passed for result in results):
        raise AssertionError(failed_matrix(guard, results))


def _why(
    expected: str,
    guard: Guard,
    principal: Principal,
    action: str,
    resource: object,
    context: Context,
    *,
    wanted: Collection[str] = (),
) -> str:
    return "\n  ".join((expected, *explanation_lines(guard, principal, action, resource, context, wanted=wanted)))


def _refuse_unknown(guard: Guard, principal: Principal, action: str, resource: object, context: Context) -> None:
    """A name that the catalog does not have grants nothing, so that a test with it would say nothing."""
    catalog = guard.catalog
    if isinstance(action, str):
        _require(catalog.called(action), (*catalog.permissions, *catalog.operations), _ACTION)
    if isinstance(principal, Principal):
        for role in sorted(principal.roles):
            _require(role, catalog.roles, "role")
        for scope in guard.grants(principal.scopes | (principal.ceiling or frozenset())).unknown:
            _require(scope, catalog.scopes, "scope")
    if resource is not LEFT_OUT:
        guard.resource(resource)
    if isinstance(context, Context):
        guard.context(context.channel, context.environment, context.facts, context.now, context.attributes)


def _read(text: str, principals: Mapping[str, Principal]) -> dict[str, dict[str, str]]:
    head, *rows = [line.split() for line in text.splitlines() if line.strip()] or [[]]
    # The corner may hold a heading for the column below it; names are checked wherever they are.
    has_corner = bool(head) and head[0] not in principals and {len(row) for row in rows} == {len(head)}
    names = head[1:] if has_corner else head
    table: dict[str, dict[str, str]] = {}
    for row in rows:
        if len(row) != len(names) + 1:
            raise RequestError(
                f"line {quoted(' '.join(row))} of the table has {len(row) - 1} answers for {len(names)} names"
            )
        if row[0] in table:
            raise RequestError(f"{quoted(row[0])} is in the table twice")
        table[row[0]] = dict(zip(names, row[1:], strict=True))
    if len(set(names)) != len(names):
        raise RequestError("a name is in the table twice")
    return table


def _by_surface(guard: Guard, resources: Iterable[Resource]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    if not isinstance(resources, Iterable):
        raise RequestError(f"resources must be an iterable, not {type(resources).__name__}")
    for resource in resources:
        if not isinstance(resource, Resource):
            raise RequestError(f"a resource must be a Resource, not {type(resource).__name__}")
        _require(resource.surface, guard.catalog.surfaces, "surface")
        if resource.surface in found:
            raise RequestError(f"a second resource of surface {quoted(resource.surface)}; a row asks about one")
        found[resource.surface] = resource
    return found


def _require(name: str, known: Iterable[str], what: str) -> None:
    known = tuple(known)
    if name not in known:
        hint = did_you_mean(name, known)
        raise RequestError(f"no {what} {quoted(name)}{f'; {hint}' if hint else ''}")
