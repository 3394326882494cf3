"""Which edits made an answer another one: those of the rules, scopes, roles and names that the answer depends on."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from scopeguard.analysis.diffing.answers import Answer
from scopeguard.analysis.diffing.edits import LOOSENS, Edit
from scopeguard.analysis.diffing.semantics import Finding
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import LOOSENING, Aspect
from scopeguard.analysis.roles_on_one import as_written
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.program import Rule
from scopeguard.documents.pack import Pack
from scopeguard.syntax.expression import Expr

Entry: TypeAlias = tuple[str, str]
"""An entry by its section and its name."""

_VARIABLE: Final = re.compile(r"\bvariables\.(\w+)")
_GROUP: Final = re.compile(r"@(\w+)|\bgroups\.(\w+)")
_HELD: Final = re.compile(r"\bholds\(|\bprincipal\.(?:assignable|superior)_roles\b")
"""What a condition asks about all that is held, or may be."""
_HOLDING: Final = ("roles", "scopes", "permissions", "surfaces")
_WORDS: Final = frozenset({"because", "title", "text", "alias"})
_TOLD: Final[Mapping[str, frozenset[str]]] = {
    "audited": frozenset({"audit"}),
    "embeds": frozenset({"redaction"}),
    "meter": frozenset({"obligation", "gained", "lost", "reason", "open"}),
    "because": frozenset({"wording"}),
    LOOSENS: frozenset(),
}
"""By the first step of a field, the only aspects that it is to do with."""
_RECOVERY: Final = frozenset({"remedy", "advice", "wording", "reason"})


class Causes:
    """The edits between two packs, and which of them an answer comes of."""

    def __init__(self, edits: Iterable[Edit], sides: tuple[Side, Side]) -> None:
        self._edits = tuple(edits)
        self._sides = sides
        self._mentioned = [_mentions(side.pack) for side in sides]

    def of(self, finding: Finding) -> tuple[Edit, ...]:
        """The edits that a finding comes of, the nearest first; all that may have to do with it where none is near."""
        aspect = finding.detail.aspect
        usable = [edit for edit in self._edits if _is_about(edit, aspect)]
        near = list(dict.fromkeys(self._entries(finding)))
        direct = [edit for entry in near for edit in usable if (edit.section, edit.name) == entry]
        if direct:
            reasons = (edit for edit in self._edits if edit.field == LOOSENS and aspect in LOOSENING)
            told = (
                each
                for each in reasons
                if any((each.section, each.name) == (edit.section, edit.name) for edit in direct)
            )
            return tuple(dict.fromkeys([*direct, *told]))
        return tuple(edit for edit in usable if edit.section != "invariants")

    def _entries(self, finding: Finding) -> Iterator[Entry]:
        """What an answer depends on, and what that depends on."""
        yield "pack.base", "none"
        rules, held = _differing(finding, self._sides)
        for name in rules:
            section = "gates" if any(("gates", name) in each for each in self._mentioned) else "rules"
            yield section, name
            for mentioned in self._mentioned:
                yield from mentioned.get((section, name), ())
        for name in held:
            word, _, text = name.partition(":")
            held_as, _, start = text.partition("/")
            yield from self._of_holding(f"{word}s", held_as, finding.action)
            # Whether anything is held on one resource is a matter of its surface.
            yield "surfaces", start.partition(":")[0]
        yield from self._of_action(finding)
        for side in self._sides:
            operation = side.program.catalog.operations.get(finding.action)
            if operation is not None:
                yield "operations", operation.name
        yield from (("channels", name) for name in finding.detail.channels or ())
        yield from (("environments", name) for name in finding.detail.environments or ())
        yield from (("recovery", code) for code in finding.detail.reasons if code)
        if finding.detail.aspect in {"remedy", "advice"}:
            yield "recovery", finding.words.before.partition(":")[0]
            yield "recovery", finding.words.after.partition(":")[0]
        yield "stages", "stages"
        yield "facts_max_age", "facts_max_age"

    def _of_holding(self, section: str, name: str, action: str) -> Iterator[Entry]:
        """A scope or role, and what brings the permission along with it."""
        yield section, name
        for side in self._sides:
            catalog = side.program.catalog
            permission = _permission(side, action)
            if permission is None:
                continue
            yield "surfaces", permission.partition(":")[0]
            role = catalog.roles.get(name)
            if section == "roles" and role is not None:
                yield from (("permissions", each) for each in sorted(role.member_permissions)
                            if permission in catalog.member_permissions.get(each, ()))  # fmt: skip
            if section == "scopes":
                yield from (("scopes", each) for each in catalog.scopes if permission in catalog.scopes[each]
                            and each not in catalog.permissions)  # fmt: skip

    def _of_action(self, finding: Finding) -> Iterator[Entry]:
        for side in self._sides:
            permission = _permission(side, finding.action)
            if permission is not None:
                yield "surfaces", permission.partition(":")[0]
            act = side.act(finding.action)
            if act is not None and finding.detail.aspect == "redaction":
                yield from (("surfaces", each.partition(":")[0]) for each in act.embeds)
                yield from (("scopes", each) for each in side.program.catalog.scopes)
                yield from (("roles", each) for each in side.program.catalog.roles)


def _permission(side: Side, action: str) -> str | None:
    act = side.act(action)
    return None if act is None else act.question.permission


def _differing(finding: Finding, sides: tuple[Side, Side]) -> tuple[list[str], list[str]]:
    """The rules, and the scopes and roles, that are not the same; by the witness, where that distinguishes them."""
    old, new = (_parts(answer) for answer in finding.answers)
    names = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    notices = _says if finding.detail.aspect == "wording" else _comes_out_otherwise
    seen = [name for name in names if notices(name, finding, sides)]
    chosen = seen or names
    held = [name for name in chosen if name.startswith(("role:", "scope:"))]
    return [name for name in chosen if name not in held], held


Part: TypeAlias = tuple[object, ...]


def _parts(answer: Answer | None) -> dict[str, Part]:
    if answer is None:
        return {}
    rest = answer.rest
    found: dict[str, Part] = {}
    stages = rest.program.catalog.stages
    for denial in rest.denials:
        rule = denial.rule
        found[rule.id] = (*found.get(rule.id, ()), denial.residual, _said(rule), stages[rule.stage])
    for permit in rest.permits:
        found[permit.id] = (permit.residual,)
    for each in rest.advises:
        found[each.rule.id] = (*found.get(each.rule.id, ()), each.residual, _said(each.rule))
    return found


def _said(rule: Rule) -> Part:
    return (rule.effect, rule.code, rule.failing, rule.because)


def _says(name: str, finding: Finding, _: tuple[Side, Side]) -> bool:
    """Whether a rule says what one of the two denials does."""
    told = zip(finding.answers, (finding.detail.before, finding.detail.after), strict=True)
    return any(
        each.rule.id == name and each.rule.because == text
        for answer, text in told
        if answer is not None
        for each in answer.rest.denials
    )


def _comes_out_otherwise(name: str, finding: Finding, sides: tuple[Side, Side]) -> bool:
    """Whether a rule, a scope or a role comes to something else in the request that shows the change."""
    witness = finding.detail.witness
    if witness is None:
        return True
    outcomes: list[object] = []
    for side, answer in zip(sides, finding.answers, strict=True):
        act = side.act(finding.action)
        if answer is None or act is None:
            outcomes.append(None)
            continue
        env = side.engine.environment(witness.principal, witness.resource, witness.context, act)
        conditions = _conditions(answer, name)
        outcomes.append(tuple(outcome(condition, env) for condition in conditions) or None)
    return outcomes[0] != outcomes[1]


def _conditions(answer: Answer, name: str) -> Iterator[Expr]:
    rest = answer.rest
    yield from (as_written(each.residual) for each in (*rest.denials, *rest.advises) if each.rule.id == name)
    yield from (as_written(each.residual) for each in rest.permits if each.id == name)


def _is_about(edit: Edit, aspect: Aspect) -> bool:
    """Whether what an edit is about may have to do with an aspect."""
    if edit.section in {"invariants", "settings", "usage", "pack.name"}:
        return False
    if edit.section == "recovery":
        return aspect in _RECOVERY
    field = edit.field.partition(".")[0]
    told = _TOLD.get(field)
    if told is not None:
        return aspect in told
    return aspect != "audit" or field == ""


def _mentions(pack: Pack | None) -> dict[Entry, tuple[Entry, ...]]:
    """What the rules and gates of a pack name: variables, and theirs, groups, operations, roles and codes."""
    if pack is None:
        return {}
    variables = {entry.name: str(entry.content) for entry in pack.entries("variables")}
    groups: dict[str, list[str]] = {}
    for surface in pack.entries("surfaces"):
        for group in surface.content.group or ():
            groups.setdefault(group, []).append(surface.name)
    conditional = {entry.name for entry in pack.entries("roles") if entry.content.when is not None}
    found: dict[Entry, tuple[Entry, ...]] = {}
    for section in ("rules", "gates"):
        for entry in pack.entries(section):
            doc = entry.content
            texts = [*doc.on, doc.when or "", doc.unless or "", *(getattr(doc, "roles", None) or ())]
            named: list[Entry] = []
            pending = [name for text in texts for name in _VARIABLE.findall(text)]
            while pending:
                name = pending.pop()
                if ("variables", name) not in named and name in variables:
                    named.append(("variables", name))
                    texts.append(variables[name])
                    pending += _VARIABLE.findall(variables[name])
            named += (("surfaces", each) for text in texts for pair in _GROUP.findall(text)
                      for each in groups.get(pair[0] or pair[1], ()))  # fmt: skip
            if any(map(_HELD.search, texts)):
                named += ((kind, each.name) for kind in _HOLDING for each in pack.entries(kind))
            named += (("operations", text) for text in doc.on if ":" not in text)
            named += (("roles", text) for text in texts if text in conditional)
            named += (("action_groups", name) for text in texts for name in re.findall(r":@(\w+)", text))
            for name in (getattr(doc, "entitlement", None), getattr(doc, "fair_use", None)):
                named += (("meters", name),) if name else ()
            found[section, entry.name] = tuple(dict.fromkeys(named))
    return found
