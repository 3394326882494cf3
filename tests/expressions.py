"""Generated expressions and values of the language: well typed for the most part, and wrong in places."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from scopeguard import cel

VARIABLES: Final = {
    "b": "bool",
    "i": "int",
    "j": "int",
    "u": "uint",
    "d": "double",
    "s": "string",
    "t": "string",
    "y": "bytes",
    "n": "dyn",
    "a": "timestamp",
    "p": "duration",
    "names": "list(string)",
    "numbers": "list(int)",
    "any": "list(dyn)",
    "who": "map(string, dyn)",
    "counts": "map(string, int)",
}
LITERALS: Final = {
    "bool": ("true", "false"),
    "int": ("0", "1", "-1", "2", "7", "9223372036854775807", "-9223372036854775808"),
    "uint": ("0u", "1u", "3u", "18446744073709551615u"),
    "double": ("0.0", "-0.0", "1.0", "2.5", "1e300", "(0.0 / 0.0)", "(1.0 / 0.0)"),
    "string": ("''", "'a'", "'admin'", "'ä'", "'ab'"),
    "bytes": ("b''", "b'a'"),
    "timestamp": ("timestamp('2024-01-01T00:00:00Z')", "timestamp('9999-12-31T23:59:59.000000001Z')"),
    "duration": ("duration('1h')", "duration('1ns')", "duration('-5s')"),
    "list(string)": ("[]", "['a', 'b']", "['admin']"),
    "list(int)": ("[]", "[1, 2, 3]", "[0]"),
    "map(string, int)": ("{}", "{'a': 1}", "{'a': 1, 'b': 2}"),
    "dyn": ("dyn(1)", "dyn('a')", "null", "dyn([1, 'a'])", "dyn({'a': 1, 1: 2, true: 3})"),
}  # fmt: skip
FORMS: Final = {
    "bool": (
        "!{bool}", "({bool} && {bool})", "({bool} || {bool})", "({bool} && {bool} && {bool})", "({int} == {int})", "({int} < {int})",
        "({string} == {string})", "({string} != {string})", "({string} <= {string})", "({double} >= {double})", "({int} < {double})",
        "({uint} == {uint})", "({double} == {double})", "({int} > {uint})", "({dyn} == {string})", "({dyn} != {dyn})", "({dyn} == {int})",
        "({bytes} == {bytes})", "({timestamp} < {timestamp})", "({timestamp} == {timestamp})", "({duration} >= {duration})",
        "({string} in {list(string)})", "({string} in ['a', 'admin'])", "({int} in [1, 2, 7])", "({int} in {list(int)})", "({string} in {map(string, int)})",
        "({dyn} in {list(int)})", "({dyn} in any)", "{string}.startsWith({string})", "{string}.endsWith({string})", "{string}.contains({string})",
        "has(who.kind)", "has(who.missing)", "has({map(string, int)}.a)", "who.kind == {string}", "who.flag", "({list(int)} == {list(int)})",
        "({map(string, int)} == {map(string, int)})", "(type({dyn}) == int)", "{list(string)}.exists(x, x == {string})",
        "{list(int)}.all(x, x < {int})", "{list(int)}.exists(x, {int} / x > 1)", "{list(string)}.exists_one(x, x != {string})",
        "any.exists(x, x == {int})", "any.all(x, x > {int})", "who.exists(k, k == {string})", "{list(int)}.exists(k, v, v > k)",
        "{map(string, int)}.all(k, v, v > 0 && k != {string})", "who.roles.exists(r, r == {string})",
        "{list(string)}.exists(x, {list(string)}.all(y, x <= y))", "cel.bind(z, {int}, z > {int})", "optional.of({int}).hasValue()",
        "sets.contains({list(int)}, {list(int)})", "sets.intersects({list(string)}, {list(string)})", "sets.equivalent({list(int)}, any)",
        "sets.intersects(any, {list(string)})", "sets.contains(any, [{dyn}, {int}])", "({list(int)}.sort() == {list(int)}.distinct())",
        "(any.distinct() == any.reverse())", "({int} in [{list(int)}, {list(int)}].flatten())", "(any.sort() == any.slice(0, {int}))",
        "{string}.matches('^[ab]+$')", "matches({string}, '(ad|m)+.n')", "regex.extract({string}, 'd(.*)n').hasValue()", "bool({string})",
        "(type({dyn}) == type({dyn}))", "(optional.ofNonZeroValue({dyn}) == optional.of({dyn}))", "who.?kind.hasValue()", "has(who.?kind.a)",
        "{map(string, int)}.existsOne(k, v, v == {int})", "math.isFinite({double})", "({duration} in [{duration}])", "(isIP({string}) || isCIDR({string}))",
        "({list(int)}.last() == optional.of({int}))",
    ),
    "int": (
        "({int} + {int})", "({int} - {int})", "({int} * {int})", "({int} / {int})", "({int} % {int})", "-({int})", "size({string})", "{string}.size()",
        "size({list(string)})", "size({map(string, int)})", "({bool} ? {int} : {int})", "{list(int)}[0]", "{list(int)}[{int}]", "counts.a", "counts['b']",
        "{map(string, int)}[{string}]", "int({double})", "int({uint})", "int({string})", "who.age", "cel.bind(z, {int}, z + z)",
        "{list(int)}[?{int}].orValue({int})", "{timestamp}.getFullYear()", "{duration}.getSeconds()", "size({list(int)}.filter(x, x > {int}))",
        "{string}.indexOf({string})", "{string}.lastIndexOf({string}, {int})", "math.abs({int})", "math.sign({int})", "math.bitAnd({int}, {int})",
        "math.bitShiftRight({int}, {int})", "math.greatest({int}, {int})", "math.least({list(int)})", "int({timestamp})", "int({duration})",
        "{timestamp}.getHours('-01:30')", "{timestamp}.getDayOfYear()", "{duration}.getMilliseconds()", "{list(int)}.last().orValue({int})",
        "{list(int)}.first().optMap(z, z + {int}).value()", "{list(int)}.first().optFlatMap(z, {list(int)}[?z]).orValue({int})",
        "{map(string, int)}[?{string}].or(optional.of({int})).value()",
    ),
    "uint": ("({uint} + {uint})", "({uint} - {uint})", "({uint} * {uint})", "uint({int})", "uint({double})", "uint({string})", "math.bitXor({uint}, {uint})", "math.bitShiftLeft({uint}, {int})"),
    "double": ("({double} + {double})", "({double} * {double})", "({double} / {double})", "double({int})", "-({double})", "double({string})", "math.round({double})", "math.floor({double})",
               "math.sqrt({double})", "math.abs({double})"),
    "string": ("({string} + {string})", "string({int})", "string({double})", "({bool} ? {string} : {string})", "who.kind", "names[0]", "string({timestamp})",
               "{string}.lowerAscii()", "{string}.substring({int})", "{list(string)}.join('-')", "{string}.substring({int}, {int})", "{string}.charAt({int})",
               "{string}.replace({string}, {string})", "{string}.replace({string}, {string}, {int})", "(' ' + {string}).trim()", "{string}.upperAscii()",
               "{string}.reverse()", "string({duration})", "string({uint})", "string({bytes})", "strings.quote({string})", "base64.encode({bytes})",
               "regex.extract({string}, '[a-m]+').orValue({string})", "'%s: %d, %s'.format([{dyn}, {int}, {list(string)}])", "'%.2f %x'.format([{double}, {string}])"),
    "bytes": ("({bytes} + {bytes})", "bytes({string})", "base64.decode({string})"),
    "timestamp": ("({timestamp} + {duration})", "({timestamp} - {duration})", "timestamp({string})", "timestamp({int})"),
    "duration": ("({duration} + {duration})", "({timestamp} - {timestamp})", "duration({string})", "duration({int})"),
    "list(string)": ("({list(string)} + {list(string)})", "[{string}, {string}]", "{list(string)}.filter(x, x != {string})", "{list(int)}.map(x, string(x))",
                     "{map(string, int)}.map(k, k + {string})", "{list(string)}.sort()", "{list(string)}.distinct()",
                     "{list(string)}.reverse()", "[{list(string)}, names].flatten()", "{string}.split({string})", "{string}.split({string}, {int})",
                     "{map(string, int)}.transformList(k, v, v > {int}, k)"),
    "list(int)": ("({list(int)} + {list(int)})", "[{int}]", "{list(int)}.map(x, x * {int})", "{list(int)}.map(x, x > {int}, x)",
                  "{list(int)}.transformList(k, v, v - k)", "{list(string)}.map(x, size(x))", "{list(int)}.sort()", "{list(int)}.slice({int}, {int})",
                  "lists.range({int})", "{list(int)}.distinct()", "[{int}, ?{list(int)}.first()]", "optional.unwrap([{list(int)}.last(), optional.of({int})])"),
    "map(string, int)": ("{{{string}: {int}}}", "{{'a': {int}, {string}: 2}}", "{map(string, int)}.transformMap(k, v, v + 1)", "{{?{string}: {list(int)}.first(), 'b': {int}}}",
                         "{map(string, int)}.transformMapEntry(k, v, {{k + {string}: v}})"),
    "dyn": ("dyn({string})", "dyn({int})", "who.kind", "who.missing", "any[{int}]", "({bool} ? dyn({int}) : dyn({string}))", "who[{string}]", "n.field", "n[0]", "dyn(any.flatten({int}))",
            "any.sort()", "math.greatest({int}, {double})", "math.least({uint}, {double})", "who.?missing.orValue({dyn})", "optional.none().orValue({dyn})",
            "any.first().orValue({dyn})", "who[?{string}].optMap(z, z).value()"),
}  # fmt: skip
TYPES: Final = tuple(LITERALS)


def text(random: Random, wanted: str, depth: int) -> str:
    """An expression that should be of the type *wanted*, of *depth* nested forms at most."""
    if random.random() < 0.02:
        wanted = random.choice(TYPES)
    named = [name for name, found in VARIABLES.items() if found == wanted]
    if depth == 0 or random.random() < 0.15:
        return random.choice(named) if named and random.random() < 0.7 else random.choice(LITERALS[wanted])
    form = random.choice(FORMS[wanted])
    written, place = "", 0
    while place < len(form):
        if form.startswith(("{{", "}}"), place):
            written, place = written + form[place], place + 2
        elif form[place] == "{":
            end = form.index("}", place)
            written, place = written + text(random, form[place + 1 : end], depth - 1), end + 1
        else:
            written, place = written + form[place], place + 1
    return written


def _texts(random: Random) -> str:
    return random.choice(("", "a", "ab", "admin", "ä", "1", "2024-01-01T00:00:00Z"))


VALUES: Final[dict[str, Callable[[Random], Any]]] = {
    "bool": lambda random: random.random() < 0.5,
    "int": lambda random: random.choice((0, 1, -1, 2, 7, 2**63 - 1, -(2**63), 2**53 + 1)),
    "uint": lambda random: cel.UInt(random.choice((0, 1, 7, 2**64 - 1))),
    "double": lambda random: random.choice((0.0, -0.0, 1.0, 2.5, float("nan"), float("inf"), 2.0**53, 9.2e18)),
    "string": _texts,
    "bytes": lambda random: _texts(random).encode(),
    "timestamp": lambda random: datetime(2024, 1, 1, random.randrange(24), tzinfo=UTC),
    "duration": lambda random: timedelta(seconds=random.choice((0, -5, 3600))),
    "list(string)": lambda random: [_texts(random) for _ in range(random.randrange(4))],
    "list(int)": lambda random: [random.randrange(-2, 5) for _ in range(random.randrange(4))],
    "map(string, int)": lambda random: {_texts(random): random.randrange(3) for _ in range(random.randrange(4))},
}  # fmt: skip


def anything(random: Random) -> Any:
    """A value of any type, or one that the language does not know."""
    kind = random.choice((*VALUES, "null", "alien", "mixed", "naive", "huge", "tuple"))
    match kind:
        case "null":
            return None
        case "alien":
            return object()
        case "mixed":
            return [1, "a", None, True, 1.0, {"a": [1]}]
        case "naive":
            return datetime(2024, 1, 1)  # noqa: DTZ001  # what a careless host gives
        case "huge":
            return 2**70
        case "tuple":
            return ("a", "b")
    return VALUES[kind](random)


def values(random: Random) -> dict[str, Any]:
    """A value for each variable: of its type for the most part, of another, or none."""
    given: dict[str, Any] = {}
    for name, declared in VARIABLES.items():
        chance = random.random()
        if chance < 0.04:
            continue
        if chance < 0.1 or declared == "dyn":
            given[name] = anything(random)
        elif declared == "list(dyn)":
            given[name] = [anything(random) for _ in range(random.randrange(4))]
        elif declared == "map(string, dyn)":
            given[name] = {
                "kind": random.choice(("member", "admin", 1, None)),
                "age": random.choice((7, 7.0, "7", cel.UInt(7))),
                "flag": random.choice((True, False, 1)),
                "roles": random.choice((["admin"], [], ["a", 1], "admin", ("a", "admin"))),
            }
        else:
            given[name] = VALUES[declared](random)
    return given
