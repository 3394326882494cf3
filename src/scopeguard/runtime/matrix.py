"""The values of a matrix: who asks in which column, what each cell says, and every form that it is written in."""

import io
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from typing import Literal as OneOf

from msgspec import Struct

from scopeguard.model.input_validation import Value, thaw
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.model.structs import Carried
from scopeguard.runtime import markdown
from scopeguard.semantics.source_form import conjoined

PERMISSION: Final = "permission"
COLUMN: Final = "column"
ANSWER: Final = "answer"
_SHORT: Final = 40
"""As long a condition as is written in its cell."""

State: TypeAlias = OneOf["allow", "deny", "conditional"]


class MatrixCell(Struct, frozen=True, gc=False):
    """One answer of a matrix: *note* is the denial's code or the condition.

    *rules* are the ids of what decides it, sorted: rules, and ``scope:…`` or ``role:…`` for what grants; none where
    nothing grants. *parts* are those of the condition that must all be true. Cells that say the same are equal,
    whatever decides them.
    """

    state: State
    note: str | None = None
    rules: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @classmethod
    def when(cls, parts: Sequence[str], rules: tuple[str, ...] = ()) -> "MatrixCell":
        """A conditional cell: all of *parts* must be true."""
        return cls("conditional", conjoined(parts), rules, tuple(parts))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MatrixCell) and (self.state, self.note) == (other.state, other.note)

    def __ne__(self, other: object) -> bool:
        # A struct has a __ne__ of its own.
        return not self == other

    def __hash__(self) -> int:
        return hash((self.state, self.note))

    def __str__(self) -> str:
        word = "when" if self.state == "conditional" else self.state
        return word if self.note is None else f"{word} {self.note}"

    @property
    def texts(self) -> tuple[str, ...]:
        """The parts of its condition, or all of it where they are not known."""
        return self.parts or (self.note or "",)

    @property
    def is_short(self) -> bool:
        """Whether it can be read where it is, so that its condition needs no place of its own."""
        text = self.note or ""
        return self.state != "conditional" or (len(text) <= _SHORT and markdown.is_plain(text) and text[:1] != "[")


class Asker(Struct, frozen=True):
    """Who asks in one row of a matrix, and under which circumstances. ``str()`` is all of it but ids, on one line.

    *absent* are names of what is known not to be there. Whatever else is not given is open.
    """

    principal: Principal
    context: Context
    absent: frozenset[str] = frozenset()

    def __str__(self) -> str:
        who, context = self.principal, self.context
        parts = {
            "roles": " ".join(sorted(who.roles)),
            "scopes": " ".join(sorted(who.scopes)),
            "ceiling": None if who.ceiling is None else " ".join(sorted(who.ceiling)) or "nothing",
            "attributes": assignments(who.attributes),
            "channel": context.channel,
            "environment": context.environment,
            "now": context.now and context.now.isoformat(),
            "facts": assignments(context.facts),
            "context": assignments(context.attributes),
            "without": " ".join(sorted(self.absent)),
        }
        return "; ".join([who.kind, *(f"{name} {text}" for name, text in parts.items() if text)])


def assignments(values: Mapping[str, Value]) -> str:
    """Attributes or facts on one line: ``name=value`` each, sorted, values as JSON."""
    return " ".join(f"{name}={json.dumps(thaw(value), default=str)}" for name, value in sorted(values.items()))


class Matrix(Carried, frozen=True):
    """Principals (rows) by actions (columns). *askers* tells of each row who it is."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]
    policy_digest: str
    askers: Mapping[str, Asker]

    @classmethod
    def joined(cls, parts: Sequence["Matrix"], rows: tuple[str, ...]) -> "Matrix":
        """Matrices of the same actions under the same policies as one, with *rows* in their order."""
        return cls(
            rows,
            parts[0].columns,
            MappingProxyType({place: cell for part in parts for place, cell in part.cells.items()}),
            parts[0].policy_digest,
            MappingProxyType({row: asker for part in parts for row, asker in part.askers.items()}),
        )

    def __repr__(self) -> str:
        return f"Matrix({len(self.rows)} rows, {len(self.columns)} columns, {self.policy_digest})"

    def __getitem__(self, key: tuple[str, str]) -> MatrixCell:
        return self.cells[key]

    @property
    def conditions(self) -> Mapping[str, int]:
        """The parts of all conditions that are not written in their cells, numbered from 1 in the order of the rows."""
        cells = (self.cells[row, column] for row in self.rows for column in self.columns)
        texts = dict.fromkeys(text for cell in cells if not cell.is_short for text in cell.texts)
        return {text: number for number, text in enumerate(texts, start=1)}

    def short(self, row: str, column: str, numbers: Mapping[str, int]) -> str:
        """A cell, with the *numbers* of the parts of a long condition in its place."""
        cell = self.cells[row, column]
        return str(cell) if cell.is_short else f"when [{', '.join(str(numbers[text]) for text in cell.texts)}]"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: rows of columns of ``{state, note}``."""
        return {
            "policy_digest": self.policy_digest,
            "rows": {
                row: {
                    column: {"state": self.cells[row, column].state, "note": self.cells[row, column].note}
                    for column in self.columns
                }
                for row in self.rows
            },
        }

    def to_json(self) -> str:
        """The JSON form as text."""
        return json.dumps(self.to_dict(), indent=2)

    def to_csv(self) -> str:
        """One line a cell, so that a change of a cell is a change of one line."""
        out = io.StringIO()
        from csv import writer as writes  # noqa: PLC0415  # few programs do

        writer = writes(out, lineterminator="\n")
        writer.writerow([PERMISSION, COLUMN, ANSWER])
        writer.writerows([column, row, str(self.cells[row, column])] for column in self.columns for row in self.rows)
        return out.getvalue()

    def to_markdown(self) -> str:
        """A table with one line an action, one column a principal; long conditions are below it, numbered."""
        numbers = self.conditions
        lines = [[column, *(self.short(row, column, numbers) for row in self.rows)] for column in self.columns]
        below = "".join(f"{number}. {markdown.code(text)}\n" for text, number in numbers.items())
        return markdown.table([PERMISSION, *self.rows], lines) + (f"\n{below}" if below else "")

    def __str__(self) -> str:
        return self.to_markdown()
