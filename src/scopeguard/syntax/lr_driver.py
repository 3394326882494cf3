"""Runs the tables that a parser generator made of a grammar, for texts that are right.

The generator's own loop counts lines, keeps a history and hashes whole rules, all for the sake of messages. A text that
is right needs none of it: the same tables, terminals and builders give the same tree in a third of the time. Of any
other text this loop only gives up, and the generator's own loop reports the error.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from scopeguard.syntax.parse_errors import ParseError
from scopeguard.syntax.syntax_hints import END

UNREAD: Final = object()
"""Returned for a text that the generator's own loop has to parse."""


@dataclass(slots=True)
class Word:
    """A token: *type* is the name of its terminal, and its text is from *start_pos* to *end_pos*."""

    type: str
    text: str
    start_pos: int
    end_pos: int

    def __str__(self) -> str:
        return self.text


class _Reduction(NamedTuple):
    """The last *size* symbols become one called *name*, which *build* makes of them."""

    size: int
    name: str
    build: Callable[[list[Any]], Any]
    passes: bool
    """Whether what it makes of its one symbol is that symbol."""


_Step: TypeAlias = int | _Reduction
"""What to do at a terminal: go to a state, or reduce."""


class Driver:
    """Reads texts by the tables inside *parser*, a ``Lark`` of the kind LALR with a contextual lexer."""

    def __init__(self, parser: Any) -> None:
        front = parser.parser
        engine = front.parser.parser
        table = engine.parse_table
        (start,) = table.start_states
        self._start: int = table.start_states[start]
        self._end: int = table.end_states[start]
        self._lexers: dict[int, Any] = front.lexer.lexers
        self._ignored: frozenset[str] = front.lexer.root_lexer.ignore_types
        # A reduction occurs in many rows. Names become plain str: the generator's own are compared slowly.
        reductions = {id(rule): _reduction(rule, build) for rule, build in engine.callbacks.items()}
        self._steps: dict[int, dict[str, _Step]] = {
            state: {str(name): to if isinstance(to, int) else reductions[id(to)] for name, (_, to) in row.items()}
            for state, row in table.states.items()
        }
        # Both are filled as texts are read, each entry always with the same value.
        self._scans: dict[int, Callable[[str, int], re.Match[str] | None]] = {}
        self._transitions: dict[tuple[int, str, str], tuple[int, _Step | None]] = {}

    def read(self, text: str) -> Any:
        """What the builders make of *text*; ``UNREAD`` where it is not of the language or a builder refuses it."""
        try:
            return self._read(text)
        except (KeyError, ParseError):
            return UNREAD

    def _read(self, text: str) -> Any:
        # A terminal that a state has no step for ends in KeyError.
        all_steps, scans, transitions, ignored = self._steps, self._scans, self._transitions, self._ignored
        state = self._start
        states = [state]
        values: list[Any] = []
        place, length = 0, len(text)
        while True:
            begun, kind, written = place, END, ""
            if place < length:
                scan = scans.get(state) or self._scan(state)
                found = scan(text, place)
                if found is None:
                    return UNREAD
                kind, written, place = found.lastgroup or "", found[0], found.end()
                if kind in ignored:
                    continue
            step: _Step | None = all_steps[state][kind]
            while not isinstance(step, int):
                if step is None:
                    return values[0]
                size, name, build, _ = step
                if size == 1:
                    values[-1] = build([values[-1]])
                    states.pop()
                else:
                    first = len(values) - size
                    made = build(values[first:])
                    del values[first:], states[first + 1 :]
                    values.append(made)
                transition = (states[-1], name, kind)
                state, step = transitions.get(transition) or self._goto(transition)
                states.append(state)
            state = step
            states.append(state)
            values.append(Word(kind, written, begun, place))

    def _scan(self, state: int) -> Callable[[str, int], "re.Match[str] | None"]:
        """What finds the next token in a *state*: all its terminals as one expression."""
        (expression,) = self._lexers[state].scanner._mres  # noqa: SLF001  # the order of terminals is known only there
        self._scans[state] = expression.match
        return self._scans[state]

    def _goto(self, transition: tuple[int, str, str]) -> tuple[int, _Step | None]:
        """The state after a symbol in a state before a terminal, past what builds nothing, and the step there.

        The step is None at the end of the text.
        """
        before, name, kind = transition
        steps = self._steps[before]
        while True:
            state = steps[name]
            if not isinstance(state, int):
                raise KeyError(name)
            step = None if (state, kind) == (self._end, END) else self._steps[state][kind]
            if not isinstance(step, _Reduction) or not step.passes:
                self._transitions[transition] = (state, step)
                return state, step
            name = step.name


def _reduction(rule: Any, build: Callable[[list[Any]], Any]) -> _Reduction:
    probe = object()
    bare = rule.options.expand1 and rule.alias is None and len(rule.expansion) == 1
    return _Reduction(len(rule.expansion), str(rule.origin.name), build, bare and build([probe]) is probe)
