"""The pictures of the documentation, as SVG with text for screen readers. ``python scripts/pictures.py`` writes them.

Nothing is told by colour alone: shades differ in grey too, and every mark is a word or a sign.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import escape

from scopeguard import Context, Guard, Principal

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WIDTH: Final = 760
INK, PAPER, PALE, DARK = "#1b1b1b", "#ffffff", "#e8eef7", "#3a5a8c"
ROLES: Final = ("viewer", "developer", "billing", "admin", "owner")
ACTIONS: Final = (
    "agents:read", "agents:write", "collected_data:read", "members:view", "members:remove",
    "api_keys:create", "wallet:view", "sso:manage",
)  # fmt: skip
_CELLS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType({
    "allow": ("#2e7d4f", PAPER, "yes"),
    "deny": ("#f6d5cf", INK, "no"),
    "conditional": ("#f3d06b", INK, "if"),
})  # fmt: skip

_STATES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType({
    "manage": ("#2e7d4f", PAPER, "manage"),
    "read_only": ("#f3d06b", INK, "read only"),
    "unavailable": ("#f6d5cf", INK, "unavailable"),
    "not_offered": (PAPER, INK, "not offered"),
})  # fmt: skip
_BESIDE: Final[Mapping[str, str]] = MappingProxyType({
    "manage": "with all its actions",
    "read_only": "without actions",
    "unavailable": "disabled, with its remedy: ask {}",
    "not_offered": "left out: no permission would change that",
})  # fmt: skip
REPORT: Final = (
    ("Who may do what", "Who may do what? A heat map: yes, no, or a number."),
    ("Conditions", "When? The condition behind each number."),
    ("By action", "By which lines of which files?"),
    ("Changes", "What is different from the base?"),
    ("Coverage", "What does no test show?"),
    ("Findings", "What is wrong with the pack?"),
)


def text(x: float, y: float, words: str, *, size: int = 14, colour: str = INK, anchor: str = "middle") -> str:
    """Words at a place."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'


def box(x: float, y: float, width: float, words: str, *, note: str = "", height: float = 44, dark: bool = False) -> str:
    """A box with words in it, and a note below them."""
    fill, ink = (DARK, PAPER) if dark else (PALE, INK)
    middle = x + width / 2
    lines = text(middle, y + height / 2 + (5 if not note else -3), words, colour=ink)
    lines += text(middle, y + height / 2 + 14, note, size=11, colour=ink) if note else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" stroke="{INK}"/>{lines}'
    )


def arrow(x1: float, y1: float, x2: float, y2: float, words: str = "") -> str:
    """An arrow, with words above its middle."""
    ends = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    line = f'<line {ends} stroke="{INK}" stroke-width="1.5" marker-end="url(#head)"/>'
    return line + (text((x1 + x2) / 2, (y1 + y2) / 2 - 6, words, size=11) if words else "")


def picture(title: str, description: str, height: float, parts: Iterable[str]) -> str:
    """A whole picture."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="t d"'
        f' font-family="system-ui, sans-serif"><title id="t">{escape(title)}</title>'
        f'<desc id="d">{escape(description)}</desc>'
        '<defs><marker id="head" markerWidth="9" markerHeight="9" refX="8" refY="4" orient="auto">'
        f'<path d="M0,0 L9,4 L0,8 z" fill="{INK}"/></marker></defs>'
        f'<rect width="{WIDTH}" height="{height:g}" fill="{PAPER}"/>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def stages() -> str:
    """The stages of a request, in the order in which denials are reported."""
    names = list(Guard.default().catalog.stages)
    columns, parts = 4, []
    for number, name in enumerate(names):
        row, column = divmod(number, columns)
        x, y = 20 + column * 185, 20 + row * 84
        parts.append(box(x, y, 150, f"{number + 1}. {name}", dark=name == "permission"))
        if column < columns - 1 and number < len(names) - 1:
            parts.append(arrow(x + 152, y + 22, x + 182, y + 22))
    bottom = 20 + (len(names) + columns - 1) // columns * 84
    parts.append(
        text(WIDTH / 2, bottom, "Who fails at permission or before learns nothing of the stages behind it.", size=13)
    )
    return picture(
        "The stages of a request",
        f"A request passes {len(names)} stages in this order: {', '.join(names)}. The earliest denial gives the code.",
        bottom + 20,
        parts,
    )


def scopes() -> str:
    """From scopes to permissions, with the wall around explicit-only surfaces."""
    parts = [
        box(20, 30, 190, "workspace:write", note="coarse scope"),
        box(20, 110, 190, "agents:write/agt_1", note="qualified scope"),
        box(20, 190, 190, "collected_data:read", note="own scope"),
        box(520, 30, 220, "agents:read, agents:write, …", note="every coarse surface"),
        box(520, 110, 220, "agents:write, agents:read", note="on agt_1 alone"),
        box(520, 190, 220, "collected_data:read", note="explicit-only surface", dark=True),
        arrow(212, 52, 516, 52, "includes"),
        arrow(212, 132, 516, 132, "implies"),
        arrow(212, 212, 516, 212, "by name only"),
        f'<line x1="400" y1="165" x2="750" y2="165" stroke="{INK}" stroke-width="5" stroke-dasharray="14 5"/>',
        text(310, 170, "wall: no coarse scope,", size=11),
        text(310, 184, "wildcard or implication", size=11),
    ]
    return picture(
        "From scopes to permissions",
        "A coarse scope includes the permissions of every coarse surface, a qualified scope grants its permission "
        "on one resource. "
        "A wall keeps both from explicit-only surfaces: these are reached by their own scope, by name only.",
        255,
        parts,
    )


def evaluation() -> str:
    """Load, bind, cell: what is worked out when."""
    steps = [
        ("load", "once", "YAML → checked rules", "names, types, reach"),
        ("bind", "once a kind of caller", "rules → what is left", "partial evaluation"),
        ("cell", "once an action", "what is left → function", "or a ready decision"),
        ("check", "each request", "function → decision", "no input, no output"),
    ]
    parts = []
    for number, (name, often, what, note) in enumerate(steps):
        x = 20 + number * 185
        parts += [
            text(x + 75, 26, often, size=12),
            box(x, 38, 150, name, dark=name == "check"),
            text(x + 75, 104, what, size=12),
        ]
        parts.append(text(x + 75, 122, note, size=11))
        if number < len(steps) - 1:
            parts.append(arrow(x + 152, 60, x + 182, 60))
    return picture(
        "What is worked out when",
        "Load once: YAML becomes checked rules. Bind once for each kind of caller: partial evaluation leaves what "
        "depends on the request. Cell once for each action: that becomes a function, or a ready decision. Check for "
        "each request: the function answers.",
        140,
        parts,
    )


def matrix() -> str:
    """A part of the access matrix of the shipped pack, in colour."""
    guard = Guard.default()
    who = {role: Principal.member(role, workspace="ws_1", roles=[role]) for role in ROLES}
    table = guard.matrix(who, ACTIONS, Context(channel="dashboard"))
    parts, said = [], []
    for column, role in enumerate(ROLES):
        parts.append(text(305 + column * 92, 24, role, size=12))
    for row, action in enumerate(ACTIONS):
        y = 36 + row * 32
        parts.append(text(240, y + 19, action, size=12, anchor="end"))
        for column, role in enumerate(ROLES):
            fill, ink, word = _CELLS[table.cells[role, action].state]
            x = 262 + column * 92
            parts.append(f'<rect x="{x}" y="{y}" width="86" height="26" rx="4" fill="{fill}" stroke="{INK}"/>')
            parts.append(text(x + 43, y + 18, word, size=12, colour=ink))
            said.append(f"{role} {action}: {word}")
    return picture(
        "An access matrix",
        f"Roles by permissions of the shipped pack. {'; '.join(said)}.",
        50 + len(ACTIONS) * 32,
        parts,
    )


def settings() -> str:
    """The settings page of a developer: each tab with its state, and what is shown beside it."""
    member = Principal.member("ann", workspace="ws_1", roles=["developer"])
    tabs = Guard.default().settings_tabs(member, Context(channel="dashboard"))
    parts, said = [text(20, 26, "Settings, as a developer sees them", size=15, anchor="start")], []
    for number, tab in enumerate(tabs):
        y = 44 + number * 34
        fill, ink, word = _STATES[tab.state]
        beside = _BESIDE[tab.state].format(" or ".join((", ".join(tab.roles[:-1]), *tab.roles[-1:])))
        parts += [
            text(20, y + 19, tab.title, anchor="start"),
            f'<rect x="150" y="{y}" width="110" height="26" rx="4" fill="{fill}" stroke="{INK}"/>',
            text(205, y + 18, word, size=12, colour=ink),
            text(280, y + 18, beside, size=12, anchor="start"),
        ]
        said.append(f"{tab.title}: {word}, {beside}")
    description = f"The tabs of a developer in the shipped pack. {'; '.join(said)}."
    return picture("The settings page", description, 56 + len(tabs) * 34, parts)


def report() -> str:
    """The parts of an access review, from the top of its page to the end, each with the question that it answers."""
    height = len(REPORT) * 52 + 16
    parts = [f'<rect x="20" y="14" width="300" height="{height}" rx="6" fill="{PAPER}" stroke="{INK}"/>']
    for number, (heading, question) in enumerate(REPORT):
        y = 26 + number * 52
        parts.append(box(34, y, 272, heading, dark=number == 0, height=40))
        parts.append(arrow(350, y + 20, 312, y + 20))
        parts.append(text(360, y + 25, question, anchor="start"))
    said = "; ".join(f"{heading}: {question}" for heading, question in REPORT)
    description = f"One page with six parts, from top to bottom. {said}"
    return picture("The access report", description, height + 28, parts)


PICTURES: Final = MappingProxyType({
    "stages": stages, "scopes": scopes, "evaluation": evaluation, "matrix": matrix, "settings": settings,
    "report": report,
})  # fmt: skip

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")
