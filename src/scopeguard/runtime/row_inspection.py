"""What conditions may ask of rows in whatever request: the tests that back ends have to be able to say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.environment import FixedAuthority
from scopeguard.compiling.program import Program
from scopeguard.conditions import NEVER, Condition, Origin, Test, each_test
from scopeguard.model.principal import representative
from scopeguard.runtime.known_values import KnownPart
from scopeguard.runtime.residuals import Residual
from scopeguard.runtime.row_conditions import Translator
from scopeguard.runtime.row_parts import Part
from scopeguard.syntax.expression import Expr, ListExpr, Literal, Macro

_SAMPLES: Final = MappingProxyType({
    "string": "x", "int": 1, "uint": 1, "double": 1.0, "bool": True, "bytes": b"x",
    "timestamp": datetime(2000, 1, 1, tzinfo=UTC), "duration": timedelta(hours=1),
})  # fmt: skip
"""By type, a value in the place of what a request gives."""


def row_tests(program: Program, action: str) -> Iterator[Test]:
    """Every test that a rule about one of the pack's actions may ask of a row, each once."""
    act = program.known(action)
    rest = Residual(program, act, representative(("system", frozenset())), FixedAuthority(), (), ())
    found: dict[Test, None] = {}
    for rule in (*act.denies, *act.allows):
        sampling = _Sampling(rest, Origin(rule.id, rule.location))
        for wanted in (True, False):
            sampling.part(rule.condition, wanted=wanted)
        found.update(dict.fromkeys(sampling.found))
    yield from found


class _Sampling(Translator):
    """Collects tests, with samples in the place of what a request gives, and nothing settled by it."""

    def __init__(self, rest: Residual, origin: Origin) -> None:
        super().__init__(rest, origin)
        self.found: list[Test] = []

    def part(self, expr: Expr, *, wanted: bool) -> Part:
        made = super().part(expr, wanted=wanted)
        if not callable(made):
            self.found.extend(each_test(made))
        return made

    def _known(self, expr: Expr, *, wanted: bool) -> Part:  # noqa: ARG002  # as of every other
        return _unsettled

    def _unrolled(self, expr: Macro, operand: Expr, *, wanted: bool) -> Part:  # noqa: ARG002  # as of every other
        if len(expr.variables) > 1:
            return self._opaque(expr, wanted=wanted)
        # Whatever an element is, the body asks the same of the row.
        return self.part(expr.body[0], wanted=wanted)

    def _known_part(self, expr: Expr, like: str) -> KnownPart:
        known = super()._known_part(expr, like)
        if known.is_constant:
            return known
        return KnownPart(self._rest, _sample(like))


def _sample(like: str) -> Expr:
    if like.startswith("list("):
        return ListExpr((_sample(like.removeprefix("list(").removesuffix(")")),))
    value: Any = _SAMPLES.get(like, "x")
    return Literal(value)


def _unsettled(_: object) -> Condition:
    return NEVER
