"""Packs, principals and rows for lists: conditions about the columns of one table, in which a third is NULL."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from scopeguard import Context, Principal, Resource
from tests.strategies import Pack, Section

COLUMNS: Final[Mapping[str, str]] = {
    "owner": "string", "title": "string", "size": "int", "other_size": "int", "ratio": "double", "other_ratio": "double",
    "locked": "bool", "made_at": "timestamp", "seen_at": "timestamp", "tags": "list(string)",
}  # fmt: skip
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS: Final = ("u1", "U1", "u10", "", "100%", "100x", "a_b", "aXb", "a\\b", "[a]", "h\u00e9llo\U0001f680", "he\u0301llo",
                "\u017f", "s", "\u212a", "k", "z", "Z", "\u00e9", "u1 ", "'", '"', "\uff5e", "\U00010000")  # fmt: skip
"""Wildcards, quotes, letters that differ by case or by composition, and two whose order differs in UTF-16."""
INTS: Final = (0, 1, -1, 2, 7, 10, 2**53, 2**53 + 1, 2**63 - 1, -(2**63))
DOUBLES: Final = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.5,
    1e-320,
    1e308,
    -1e308,
    float(2**53),
    float(2**63),
    0.1,
    0.30000000000000004,
)
TIMES: Final = (NOW, NOW - timedelta(microseconds=1), NOW - timedelta(days=1), NOW + timedelta(hours=1),
                datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), datetime(2400, 1, 1, tzinfo=UTC))  # fmt: skip
VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "string": TEXTS, "int": INTS, "double": DOUBLES, "bool": (True, False), "timestamp": TIMES,
    "list(string)": ((), ("u1",), ("u1", "U1"), ("", "z"), ("100%",)),
}  # fmt: skip
_PRINCIPAL: Final = {"team": "string", "level": "int", "share": "double", "admin": "bool", "since": "timestamp",
                     "groups": "list(string)", "any": "dyn"}  # fmt: skip
ORDERS: Final = ("<", "<=", ">", ">=")
IDS: Final = ("a1", "a2", "a10", "A1", "b%")
WORKSPACES: Final = ("ws_1", "ws_2", "WS_1")


@dataclass(frozen=True)
class Listing:
    """One question about every row of a table."""

    pack: Pack
    principal: Principal
    action: str
    context: Context
    rows: list[dict[str, Any]] = field(default_factory=list)


def quoted(text: str) -> str:
    """A text as a condition spells it."""
    escaped = "".join(f"\\U{ord(char):08x}" if not " " <= char <= "~" or char in "\\\"'" else char for char in text)
    return f'"{escaped}"'


def spelled(value: Any) -> str:
    """A value as a condition spells it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case datetime():
            return f'timestamp("{value.isoformat().replace("+00:00", "Z")}")'
        case float():
            return repr(value) if "." in repr(value) or "e" in repr(value) else f"{value!r}.0"
        case -0x8000000000000000:
            return "(-9223372036854775807 - 1)"
    return repr(value)


class RowMaker:
    """Makes listings out of randomness. *names* are the columns that conditions speak of."""

    def __init__(self, random: Random, names: tuple[str, ...] = tuple(COLUMNS)) -> None:
        self.random = random
        self.names = names

    def one(self, options: Any) -> Any:
        """One of some options."""
        return options[self.random.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        """True so often."""
        return self.random.randrange(100) >= 100 - percent

    def column(self, kind: str) -> str:
        """A column of a type."""
        found = [f"resource.{name}" for name in self.names if COLUMNS[name] == kind]
        if kind == "string":
            found.append("resource.id")
        return str(self.one(found)) if found else spelled(self.one(VALUES[kind]))

    def operand(self, kind: str) -> str:
        """A column, a value, or something of the request."""
        if self.chance(35):
            return self.column(kind)
        if self.chance(15):
            return f"({self.boolean(0)} ? {self.column(kind)} : {spelled(self.one(VALUES[kind]))})"
        if self.chance(10) and any(COLUMNS[name] == kind for name in self.names):
            name = self.one([name for name in self.names if COLUMNS[name] == kind])
            return f"resource.?{name}.orValue({spelled(self.one(VALUES[kind]))})"
        if self.chance(12) and kind in ("string", "double"):
            operator = "+" if kind == "string" else self.one(("+", "-", "*", "/"))
            return f"({self.column(kind)} {operator} {self.operand(kind)})"
        if self.chance(10) and kind == "int":
            return f"size({self.column('string')})"
        names = {"string": "team", "int": "level", "double": "share", "bool": "admin", "timestamp": "since"}
        if self.chance(40):
            more = ["context.now"] if kind == "timestamp" else ["principal.id"] if kind == "string" else []
            return str(self.one([f"principal.{names[kind]}", *more]))
        return spelled(self.one(VALUES[kind]))

    def boolean(self, depth: int) -> str:  # noqa: PLR0911  # one line a shape
        """A condition."""
        shape = self.random.randrange(14 if depth else 10)
        kind = self.one(("string", "string", "int", "double", "timestamp"))
        match shape:
            case 0 | 1:
                return f"{self.operand(kind)} {self.one(('==', '!='))} {self.operand(kind)}"
            case 2:
                return f"{self.operand(kind)} {self.one(ORDERS)} {self.operand(kind)}"
            case 3:
                mixed = self.one((("int", "double"), ("double", "int")))
                return f"{self.column(mixed[0])} {self.one(ORDERS)} {spelled(self.one(VALUES[mixed[1]]))}"
            case 4:
                values = ", ".join(spelled(self.one(VALUES[kind])) for _ in range(self.random.randrange(4)))
                container = "principal.groups" if kind == "string" and self.chance(50) else f"[{values}]"
                return f"{self.column(kind)} in {container}"
            case 5:
                test = self.one(("startsWith", "endsWith", "contains"))
                return f"{self.operand('string')}.{test}({self.operand('string')})"
            case 6:
                return f"has(resource.{self.one(self.names)})"
            case 7:
                return self.column("bool") if self.chance(50) else f"{self.column('bool')} == {self.operand('bool')}"
            case 8:
                if "tags" in self.names and self.chance(50):
                    return f"{self.one((quoted(self.one(TEXTS)), 'principal.team'))} in resource.tags"
                macro = self.one(("all", "exists"))
                return f"principal.groups.{macro}(g, {self.column('string')} {self.one(('==', '!='))} g)"
            case 9:
                return str(self.one(("principal.admin", "context.beta", "principal.level > 1", "has(principal.team)",
                                     'principal.any == "x"', "principal.team in principal.groups",
                                     f"principal.id in [{self.column('string')}, {self.column('string')}]",
                                     f"principal.any == {self.column(kind)}")))  # fmt: skip
            case 10:
                return f"!({self.boolean(depth - 1)})"
            case 11 | 12:
                operator: str = self.one((" && ", " || "))
                return "(" + operator.join(self.boolean(depth - 1) for _ in range(2 + self.random.randrange(2))) + ")"
        if self.chance(30):
            return f"({self.boolean(depth - 1)}) == ({self.boolean(depth - 1)})"
        return f"({self.boolean(depth - 1)} ? {self.boolean(depth - 1)} : {self.boolean(depth - 1)})"

    def rule(self, number: int) -> Section:
        """A rule about reading."""
        deny = self.chance(45)
        made: Section = {"id": f"r{number}", "effect": "deny" if deny else "allow", "on": ["docs:read"]}
        if deny:
            made["code"] = "not_permitted"
            made["stage"] = self.one(("channel", "permission", "feature"))
        if self.chance(85):
            made["when"] = self.boolean(2)
        if self.chance(20):
            made["unless"] = self.boolean(2)
        return made

    def pack(self) -> Pack:
        """A pack about one surface."""
        catalog: Section = {
            "surfaces": {"shelves": {"actions": ["read"], "coarse": True, "qualifiable": True}, "docs": {
                "actions": ["read", "write"], "coarse": True, "qualifiable": True, "attributes": dict(COLUMNS),
                "parent": {"surface": "shelves", "attribute": self.one(("owner", "tags"))},
                "holdable_by": ["api_key", "member", "session", "system"],
            }},
            "attributes": {"principal": dict(_PRINCIPAL), "context": {"beta": "bool"}},
            "permissions": {"docs.read": {"grants": ["docs:read"]}},
        }  # fmt: skip
        return Pack((
            {
                "scopeguard": 1,
                "pack": {"name": "lists"},
                "catalog": catalog,
                "roles": {"reader": {"holds": ["docs.read"]}, "guest": {"holds": ["docs:write"]}},
                "rules": [self.rule(number) for number in range(1 + self.random.randrange(4))],
            },
        ))  # fmt: skip

    def principal(self) -> Principal:
        """Somebody of a workspace, whose attributes are there or not."""
        attributes = {
            name: self.one((*VALUES[kind], None))
            for name, kind in _PRINCIPAL.items()
            if kind in VALUES and self.chance(75)
        }
        if self.chance(50):
            attributes["any"] = self.one(("x", 1, 1.0, True, None, "u1", NOW))
        if self.chance(60):
            roles = self.one((["reader"], ["reader"], ["guest"], [], ["reader/docs:a1"], ["reader/shelves:u1", "guest"],
                              ["reader/shelves:U1", "reader/docs:a10"]))  # fmt: skip
            return Principal.member(self.one(("u1", "u10", "U1")), workspace="ws_1", roles=roles, attributes=attributes)
        scopes = self.one(("docs:read", "docs:write", "docs:read/a1 docs:read/a10", "docs:read/A1 docs:write/a2", "",
                           "docs:read/shelves:u1", "docs:read/shelves:u1 docs:read/a2 docs:read/shelves:z"))  # fmt: skip
        ceiling = self.one((None, None, "docs:read", "docs:read/a1 docs:read/b", "docs:write",
                            "docs:read/shelves:u1 docs:read/a1"))  # fmt: skip
        return Principal.api_key("k1", workspace="ws_1", scopes=scopes, ceiling=ceiling, attributes=attributes)

    def row(self, number: int, names: tuple[str, ...] = tuple(COLUMNS)) -> dict[str, Any]:
        """A row, in which about a third is NULL."""
        made: dict[str, Any] = {"id": self.one(IDS) if number < 0 else f"{self.one(IDS)}{number or ''}"}
        made["workspace"] = None if self.chance(10) else self.one(("ws_1", "ws_1", "ws_1", *WORKSPACES))
        for name in names:
            made[name] = None if self.chance(30) else self.one(VALUES[COLUMNS[name]])
        return made

    def rows(self, count: int) -> Iterator[dict[str, Any]]:
        """Rows with ids of their own."""
        seen: set[str] = set()
        for number in range(count):
            row = self.row(number if number > len(IDS) else -1)
            if row["id"] not in seen:
                seen.add(row["id"])
                yield row

    def context(self) -> Context:
        """Circumstances."""
        attributes = {"beta": self.chance(50)} if self.chance(60) else None
        return Context("server", now=NOW if self.chance(75) else None, attributes=attributes)

    def listing(self, rows: int) -> Listing:
        """A question."""
        return Listing(self.pack(), self.principal(), self.one(("docs:read",) * 9 + ("docs:write",)), self.context(),
                       list(self.rows(rows)))  # fmt: skip


def resource(row: Mapping[str, Any]) -> Resource:
    """What a row stands for."""
    more = {name: value for name, value in row.items() if name not in ("id", "workspace")}
    return Resource("docs", row["id"], row["workspace"], more)
