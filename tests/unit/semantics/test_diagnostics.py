"""What a wrong expression is told: message, place and hint, pinned in one file a group."""

import pytest

from scopeguard import cel
from tests.conftest import Golden

VARIABLES = {
    "principal": "map(string, string)",
    "roles": "list(string)",
    "limits": "map(string, int)",
    "used": "int",
    "quota": "uint",
    "ratio": "double",
    "channel": "string",
    "now": "timestamp",
    "age": "duration",
    "token": "bytes",
    "active": "bool",
    "source": "ip",
    "office": "cidr",
    "backup": "optional(string)",
    "anything": "dyn",
}
WRONG = {
    "syntax": (
        "",
        "   ",
        "used >",
        "used > 1 &&",
        "used = 1",
        "active and channel == 'a'",
        "(used > 1",
        "used > 1)",
        "[1, 2",
        "{'a' 1}",
        "'open",
        "used > 1 ? 2",
        "b'\\u0041'",
        "'\\q'",
        "99999999999999999999",
        "18446744073709551616u",
        "0x",
        "1.e3.2",
        "roles.all(x)",
        "roles.all(1, true)",
        "roles.exists(x, x, true)",
        "roles.map(x, true, x, x)",
        "has(used)",
        "has(principal)",
        "has(principal.id, 1)",
        "for == 1",
        "principal.in",
        "Person{name: 'a'}",
        "a\u202eb",
        "!" * 40 + "active",
        "a" * 5000,
    ),
    "names": (
        "chanel == 'server'",
        "roels.exists(r, r == 'admin')",
        "user.id == 'a'",
        "unknown",
        "roles.exists(r, s == 'admin')",
        "sise(roles) > 1",
        "channel.startWith('a')",
        "startsWith(channel, 'a')",
        "roles.exist(r, r == 'a')",
        "channel.double()",
        "math.grestest(1, 2)",
        "roles.Size() > 1",
        "x.y.z == 1",
        ".missing",
    ),
    "types": (
        "used == '1'",
        "used == 1.0",
        "channel != 3",
        "channel == null",
        "roles == 'admin'",
        "used < 'a'",
        "active < used",
        "roles < roles",
        "used + 1.0",
        "used + quota",
        "channel + used",
        "quota - 1",
        "-quota",
        "-channel",
        "!used",
        "!channel",
        "active && used",
        "used || active",
        "active ? 1 : 'a'",
        "used ? 1 : 2",
        "'admin' in channel",
        "1 in roles",
        "used in limits",
        "limits[1]",
        "roles['a']",
        "used[0]",
        "channel.length",
        "roles.first",
        "used.all(x, x > 1)",
        "roles.all(r, r)",
        "roles.filter(r, size(r))",
        "roles.map(r, r + 1)",
        "roles.exists_one(r, r > 1)",
        "size(used)",
        "channel.contains(1)",
        "channel.startsWith('a', 1)",
        "now + 1",
        "now - channel",
        "now < age",
        "now.getFullYear(1)",
        "age.getFullYear()",
        "timestamp(true)",
        "duration(1.5)",
        "token + channel",
        "{1.5: 'a'}",
        "{roles: 1}",
        "[?used]",
        "backup + 'a'",
        "backup.orValue(1)",
        "used.orValue(1)",
        "used.optMap(x, x)",
        "backup.optFlatMap(x, x)",
        "source == channel",
        "office.containsIP(1)",
        "source.prefixLength()",
        "channel.matches('(')",
        "channel.matches('(?=a)')",
        "math.greatest('a', 1)",
        "math.abs(channel)",
        "'%s'.format('a')",
        "cel.bind(x, used, x == 'a')",
        "roles.transformMap(i, r, i < r, r)",
        "used == 'a' && channel == 1 && missing",
    ),
}  # fmt: skip


def told(source: str) -> str:
    """What compiling *source* says."""
    shown = source if len(source) <= 60 else f"{source[:57]}..."
    try:
        compiled = cel.compile(source, variables=VARIABLES)
    except (cel.CelSyntaxError, cel.CelTypeError) as error:
        lines = "\n".join(f"    {finding}" for finding in error.diagnostics)
        return f"{shown!r}\n{lines}\n"
    pytest.fail(f"{source!r} is accepted, as {compiled.type}")


@pytest.mark.parametrize("group", sorted(WRONG))
def test_every_wrong_expression_is_told_why(group: str, golden: Golden) -> None:
    """Each has a finding of its own, at the place where it is wrong."""
    golden(f"cel/{group}.txt", "\n".join(map(told, WRONG[group])))


def test_there_are_many_of_them() -> None:
    """Enough to meet each message of the checker."""
    assert len({source for group in WRONG.values() for source in group}) >= 60


def test_types_are_left_alone_where_checking_is_off() -> None:
    """What is only of a wrong type is found when it is evaluated; what is no expression is refused all the same."""
    expression = cel.compile("used == '1'", variables=VARIABLES, check=False)
    assert expression.evaluate({"used": 1}) is False
    assert expression.type == "dyn"
    with pytest.raises(cel.CelSyntaxError):
        cel.compile("used ==", variables=VARIABLES, check=False)
