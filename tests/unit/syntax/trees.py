"""Generated conditions: trees that the parser can have built."""

from hypothesis import strategies as st

from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import UInt

_RESERVED = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
]
_MACROS = [
    "all",
    "exists",
    "exists_one",
    "existsOne",
    "filter",
    "map",
    "transformList",
    "transformMap",
    "transformMapEntry",
    "has",
]

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in _RESERVED and name not in _MACROS
)
fields = st.one_of(names, st.sampled_from(_RESERVED), st.from_regex(r"[A-Za-z0-9_.\-/ ]{1,6}", fullmatch=True))
methods = st.one_of(names, st.sampled_from(["as", "for", "has", "while"]))

literals = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**64 - 1).map(UInt),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.binary(max_size=8),
).map(ex.Literal)

_TWO = [
    ex.EQUAL,
    ex.NOT_EQUAL,
    ex.LESS,
    ex.LESS_EQUAL,
    ex.GREATER,
    ex.GREATER_EQUAL,
    ex.IN,
    ex.ADD,
    ex.SUBTRACT,
    ex.MULTIPLY,
    ex.DIVIDE,
    ex.MODULO,
]


def _optional(count: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(0, count - 1)) if count else st.just(frozenset())


def _list(items: list[ex.Expr]) -> st.SearchStrategy[ex.Expr]:
    return _optional(len(items)).map(lambda chosen: ex.ListExpr(tuple(items), chosen))


def _map(entries: list[tuple[ex.Expr, ex.Expr]]) -> st.SearchStrategy[ex.Expr]:
    return _optional(len(entries)).map(lambda chosen: ex.MapExpr(tuple(entries), chosen))


def _larger(inner: st.SearchStrategy[ex.Expr]) -> st.SearchStrategy[ex.Expr]:
    several = st.lists(inner, max_size=3)
    one_name = names.map(lambda name: (name,))
    two_names = st.tuples(names, names).filter(lambda pair: pair[0] != pair[1])
    one = st.tuples(inner)
    two = st.tuples(inner, inner)
    return st.one_of(
        st.builds(ex.Select, inner, fields, optional=st.booleans()),
        st.builds(ex.Select, inner, fields, test=st.just(value=True)),
        st.builds(ex.Index, inner, inner, optional=st.booleans()),
        st.builds(ex.Call, names, several.map(tuple)),
        st.builds(ex.Call, methods, several.map(tuple), inner),
        st.builds(ex.Call, st.sampled_from(_TWO), two),
        st.builds(ex.Call, st.sampled_from([ex.NOT, ex.NEGATE]), one),
        st.builds(ex.Call, st.sampled_from([ex.AND, ex.OR]), st.lists(inner, min_size=2, max_size=4).map(tuple)),
        st.builds(ex.Call, st.just(ex.CONDITIONAL), st.tuples(inner, inner, inner)),
        several.flatmap(_list),
        st.lists(st.tuples(inner, inner), max_size=3).flatmap(_map),
        st.builds(ex.Macro, st.sampled_from(["all", "exists", "exists_one", "filter", "map"]), inner, one_name, one),
        st.builds(ex.Macro, st.just("map"), inner, one_name, two),
        st.builds(
            ex.Macro,
            st.sampled_from(["all", "exists", "existsOne", "transformList", "transformMap", "transformMapEntry"]),
            inner,
            two_names,
            one,
        ),
        st.builds(ex.Macro, st.sampled_from(["transformList", "transformMap"]), inner, two_names, two),
    )


expressions = st.recursive(st.one_of(literals, st.builds(ex.Ident, names, st.booleans())), _larger, max_leaves=12)
