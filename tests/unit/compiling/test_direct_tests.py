"""Questions about ids as plain functions say what the evaluator says, and what cannot be evaluated does not hold."""

from typing import Any

import pytest

from scopeguard import Principal, Resource
from scopeguard.compiling.direct_tests import granted
from scopeguard.compiling.grants import BOUND, CEILING, ID, ROLES, SCOPES, Narrowed
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Ident, Literal

KEY = Principal.api_key(
    "k",
    workspace="w",
    scopes="docs:read/d_1 docs:read/folders:f_1 docs:read/folders:7",
    ceiling="docs:read/d_2 docs:read/folders:f_1",
)
MEMBER = Principal.member("m", workspace="w", roles=["viewer/folders:f_1"])
OWN = Narrowed(SCOPES, "docs:read/", ID, "string")
WITHIN = Narrowed(CEILING, "docs:read/", ID, "string")
FOLDER = Narrowed(SCOPES, "docs:read/folders:", "folder", "string")
NUMBER = Narrowed(SCOPES, "docs:read/folders:", "folder", "int")
FOLDERS = Narrowed(SCOPES, "docs:read/folders:", "folders", "list(string)")
OF_ROLE = Narrowed(ROLES, "viewer/folders:", "folder", "string")
ASSIGNED = Narrowed(ROLES, "viewer/folders:", "roles", BOUND)
NOTHING: dict[str, Any] = {}

CASES: list[tuple[Narrowed, Principal, str | None, dict[str, Any], bool]] = [
    (OWN, KEY, "d_1", NOTHING, True),
    (OWN, KEY, "d_2", NOTHING, False),
    (OWN, KEY, None, NOTHING, False),
    (OWN, KEY, "folders:f_1", NOTHING, False),
    (WITHIN, KEY, "d_2", NOTHING, True),
    (WITHIN, KEY, "d_1", NOTHING, False),
    (WITHIN, KEY, "folders:f_1", NOTHING, False),
    (FOLDER, KEY, "d_9", {"folder": "f_1"}, True),
    (FOLDER, KEY, "d_9", {"folder": "f_2"}, False),
    (FOLDER, KEY, "d_9", NOTHING, False),
    (FOLDER, KEY, "d_9", {"folder": 7}, False),
    (FOLDER, KEY, "d_9", {"folder": ["f_1"]}, False),
    (NUMBER, KEY, "d_9", {"folder": 7}, True),
    (NUMBER, KEY, "d_9", {"folder": 8}, False),
    (NUMBER, KEY, "d_9", {"folder": "7"}, False),
    (NUMBER, KEY, "d_9", {"folder": True}, False),
    (FOLDERS, KEY, "d_9", {"folders": ["f_2", "f_1"]}, True),
    (FOLDERS, KEY, "d_9", {"folders": ["f_2"]}, False),
    (FOLDERS, KEY, "d_9", {"folders": []}, False),
    (FOLDERS, KEY, "d_9", NOTHING, False),
    (FOLDERS, KEY, "d_9", {"folders": "f_1"}, False),
    (FOLDERS, KEY, "d_9", {"folders": [7]}, False),
    (FOLDERS, KEY, "d_9", {"folders": ["f_1", 7]}, False),
    (OF_ROLE, MEMBER, "d_9", {"folder": "f_1"}, True),
    (OF_ROLE, MEMBER, "d_9", {"folder": "f_2"}, False),
    (ASSIGNED, MEMBER, "d_9", {"roles": ["editor/folders:f_1"]}, True),
    (ASSIGNED, MEMBER, "d_9", {"roles": ["editor/folders:f_2"]}, False),
    (ASSIGNED, MEMBER, "d_9", {"roles": "editor/folders:f_1"}, False),
]


def of(expr: Expr, who: Principal, about: Resource | None) -> bool | None:
    """What the function of a condition says; None where it has none."""
    test = granted(expr)
    return None if test is None else test(who, about)


@pytest.mark.parametrize(("asked", "who", "id", "attributes", "holds"), CASES)
def test_one_question(asked: Narrowed, who: Principal, id: str | None, attributes: dict[str, Any], holds: bool) -> None:
    """About the id of the resource or what it lies below: what is malformed is none of what is held."""
    assert of(asked.condition, who, Resource("docs", id, "w", attributes)) is holds
    assert of(asked.condition, who, None) is False


def test_several_questions() -> None:
    """All of them, any of them, and nothing that is no question about ids."""
    yes, no = OWN.condition, WITHIN.condition
    about = Resource("docs", "d_1", "w")
    for function, expected in ((ex.AND, [True, False, False, False]), (ex.OR, [True, True, True, False])):
        for parts, holds in zip(((yes, yes), (yes, no), (no, yes), (no, no)), expected, strict=True):
            assert of(Call(function, parts), KEY, about) is holds
        assert of(Call(function, (yes, TRUE)), KEY, about) is True
        assert of(Call(function, (yes, Ident("resource.hidden", absolute=True))), KEY, about) is None
    assert of(TRUE, KEY, about) is True
    assert of(FALSE, KEY, about) is None
    assert of(Call(ex.IN, (Literal("viewer"), Ident(next(iter(ROLE_LISTS)), absolute=True))), KEY, about) is None
