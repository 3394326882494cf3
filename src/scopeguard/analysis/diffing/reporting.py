"""A comparison as text: for a terminal, and for a comment on a pull request."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from scopeguard.analysis.diffing.edits import Edit
from scopeguard.analysis.diffing.values import ASPECTS, Aspect, Change, Diff
from scopeguard.errors import counted
from scopeguard.source import Location

Options: TypeAlias = tuple[Sequence[str] | None, Sequence[str]]
"""How commands name the old pack and the new one; None where no command can."""

MARK: Final = "<!-- scopeguard diff -->"
"""By which a comment is found again, to be replaced."""
IDLE: Final = "written differently, answered the same"
_SHOWN: Final = 8
"""As many actions as are on a line where nobody may do more or less by it, and as many edits below it."""
_WHOLE: Final = frozenset({"gained", "lost", "open", "reach"})
"""In these respects every action is named: a reader signs each of them."""
_LIMIT: Final = 60_000
"""Characters of a comment; a service takes 65,536."""


def summary(diff: Diff) -> str:
    """How many changes there are of which kind, on one line."""
    if not diff.changes:
        return "no difference in any answer"
    found = [(aspect, len(diff.of(aspect))) for aspect in ASPECTS]
    parts = [f"{number} {_ONE.get(aspect, aspect)}" for aspect, number in found if number]
    accepted = sum(change.accepted is not None for change in diff.changes)
    more = f"; {accepted} accepted" if accepted else ""
    return f"{counted(len(diff.changes), 'change')}: {', '.join(parts)}{more}"


_ONE: Final = {"gained": "gained", "lost": "lost", "open": "open"}


def pretty(diff: Diff, options: Options = (None, ())) -> str:
    """The whole of it for a terminal. *options* name the two packs in commands, the first None where it has no name."""
    lines: list[str] = []
    for aspect, heading in ASPECTS.items():
        changes = diff.of(aspect)
        if changes or aspect in {"gained", "lost"}:
            lines.append(f"{heading.upper()} ({len(changes)})")
        for change in changes:
            lines += (f"  {line}" for line in block(change, options))
    if diff.idle:
        lines.append(f"{IDLE.upper()} ({len(diff.idle)})")
        lines += (f"  {edit}" for edit in diff.idle)
    return "\n".join([*lines, *unmatched(diff), summary(diff)])


def unmatched(diff: Diff) -> list[str]:
    """What a file accepts, and nothing is called, line by line."""
    return [f"nothing is called {name} any more, which the file accepts" for name in diff.unmatched]


def headline(change: Change) -> str:
    """Who, what and where, on one line."""
    shown, more = _named(change)
    return " ".join(filter(None, (f"{change.people}:", f"{', '.join(shown)}{more}", change.where)))


def _named(change: Change) -> tuple[tuple[str, ...], str]:
    """The actions of a change that are named, and how many more there are."""
    if change.aspect in _WHOLE or len(change.actions) <= _SHOWN:
        return change.actions, ""
    return change.actions[:_SHOWN], f" and {len(change.actions) - _SHOWN} more"


def block(change: Change, options: Options) -> Iterator[str]:
    """All there is to say of a change, line by line."""
    yield headline(change)
    for word, text in _told(change):
        yield f"    {word:<8} {text}"
    for edit in change.edits[:_SHOWN]:
        yield f"    because  {edit}"
    if len(change.edits) > _SHOWN:
        yield f"    because  {len(change.edits) - _SHOWN} more"
    for command in _commands(change, options):
        yield f"    try      {command}"
    yield f"    id       {change.id}" + (f"  accepted: {change.accepted}" if change.accepted else "")


def _told(change: Change) -> Iterator[tuple[str, str]]:
    if change.before:
        yield "was", change.before
    if change.after:
        yield "is", change.after
    if change.condition and f"allow when {change.condition}" not in {change.before, change.after}:
        yield ("open" if change.witness is None else "when"), change.condition


def _commands(change: Change, options: Options) -> Iterator[str]:
    before, after = change.commands
    old, new = options
    if after:
        yield " ".join((after, *new))
    if before and old is not None:
        yield " ".join((before, *old))


def markdown(diff: Diff, options: Options = (None, ())) -> str:
    """The whole of it as a comment on a pull request, which :data:`MARK` opens."""
    verdict = "**Somebody may do more.**" if diff.loosens else "Nobody may do more."
    lines = [MARK, "### Who may do what", "", f"{verdict} {_capital(summary(diff))}.", ""]
    for aspect, heading in ASPECTS.items():
        changes = diff.of(aspect)
        if changes:
            lines += [f"#### {_capital(heading)} ({len(changes)})", ""]
        for change in changes:
            lines += _item(change, options)
    if diff.idle:
        lines += [f"<details><summary>{_capital(IDLE)} ({len(diff.idle)})</summary>", ""]
        lines += [f"- {_edit(edit)}" for edit in diff.idle]
        lines += ["", "</details>", ""]
    lines += (f"- {_plain(line)}" for line in unmatched(diff))
    return _bounded(lines)


def _item(change: Change, options: Options) -> Iterator[str]:
    shown, more = _named(change)
    actions = ", ".join(map(_code, shown))
    mark = " (accepted)" if change.accepted else ""
    yield f"- **{_plain(change.people)}**: {actions}{more} {change.where}".rstrip() + mark
    yield from (f"  - {word} {_code(text)}" for word, text in _told(change))
    yield from (f"  - because {_edit(edit)}" for edit in change.edits[:_SHOWN])
    if len(change.edits) > _SHOWN:
        yield f"  - because {len(change.edits) - _SHOWN} more"
    if change.accepted:
        yield f"  - accepted: {_plain(change.accepted)}"
    commands = list(_commands(change, options))
    if commands:
        yield f"  - <details><summary>try it ({_code(change.id)})</summary>"
        yield ""
        fence = _fence("\n".join(commands), "```")
        yield f"    {fence}sh"
        yield from (f"    {command}" for command in commands)
        yield f"    {fence}"
        yield "    </details>"
    else:
        yield f"  - id {_code(change.id)}"
    yield ""


def _edit(edit: Edit) -> str:
    return f"{_code(edit.where)} {_code(edit.text)}" if edit.where else _code(edit.text)


def _code(text: str) -> str:
    """*text* as code, whatever is in it."""
    flat = " ".join(text.split())
    fence = _fence(flat, "`")
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def _fence(text: str, least: str) -> str:
    fence = least
    while fence in text:
        fence += "`"
    return fence


def _plain(text: str) -> str:
    """*text* with nothing in it that Markdown reads."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|@" else char for char in " ".join(text.split()))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _bounded(lines: Sequence[str]) -> str:
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if length > _LIMIT:
            kept += ["", "The rest is longer than a comment may be: run `scopeguard diff` for all of it."]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def places(change: Change) -> list[Location]:
    """Where the new pack has what did it, and last where it has nothing any more: annotations are about the new."""
    written = sorted(change.edits, key=lambda edit: edit.after is None)
    return [place for edit in written if (place := edit.beside or edit.place) is not None]


def level(aspect: Aspect, *, is_loosening: bool) -> str:
    """How loud a change is to whoever shows annotations: ``error``, ``warning`` or ``notice``."""
    if is_loosening:
        return "error"
    return "warning" if aspect in {"gained", "open", "lost", "audit", "redaction"} else "notice"
