"""Coverage-guided fuzzing of expressions with atheris; run by hand, not by the suite.

    python -m tests.fuzz.coverage_guided -max_total_time=600 corpus/

Any text is parsed, printed, checked, compiled and evaluated by both evaluators. Nothing but the library's own
errors may come out, the canonical text must parse to the same tree, and the two evaluators must agree. Texts that
reached something new are kept in ``seeds.json``, which the suite goes through.
"""

import sys

from scopeguard import cel
from scopeguard.syntax.parser import ExpressionError, parse_condition
from scopeguard.syntax.printer import print_expression

VARIABLES = {
    "i": "int",
    "s": "string",
    "b": "bool",
    "xs": "list(int)",
    "m": "map(string, int)",
    "d": "dyn",
    "t": "timestamp",
}
VALUES = {"i": 3, "s": "text", "b": True, "xs": [1, 2, 3], "m": {"a": 1}, "d": "dyn"}


def goes_right(text: str) -> None:
    """Raises whatever is not an error of the library, and AssertionError where evaluators or trees differ."""
    try:
        tree = parse_condition(text)
    except ExpressionError:
        return
    canonical = print_expression(tree)
    if len(canonical.encode()) <= 4096:
        assert parse_condition(canonical) == tree, canonical
    for variables in (VARIABLES, None):
        try:
            expression = cel.compile(text, variables=variables)
        except (cel.CelSyntaxError, cel.CelTypeError):
            continue
        found = [outcome(evaluate) for evaluate in (expression.evaluate, expression.reference)]
        assert found[0] == found[1], found


def outcome(evaluate: object) -> str:
    """The value as text, or the error."""
    assert callable(evaluate)
    try:
        return repr(evaluate(VALUES))
    except cel.CelEvaluationError as error:
        return f"error {error}"


def main() -> None:
    """Fuzz until told otherwise."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415  # the suite reads this module without it

    atheris.instrument_all()
    atheris.Setup(sys.argv, lambda data: goes_right(data.decode("utf-8", errors="replace")))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
