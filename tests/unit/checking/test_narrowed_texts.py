"""No text is called none of the vocabulary that a function makes of a name on one resource, nor a part of such a text."""

import json
from pathlib import Path
from random import Random

import pytest

from scopeguard.compiling.loading import find_problems
from scopeguard.errors import EvaluationError
from scopeguard.semantics.built_in_variables import names_of
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.name_resolution import Resolution
from scopeguard.syntax.parser import parse_condition

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, group: office, attributes: {note: string}}
    conv: {actions: [read], coarse: true, group: office, attributes: {note: string}, parent: {surface: notes, attribute: note}}
    exports: {actions: [read], coarse: true, group: office}
roles:
  owner: {holds: ["notes:*"]}
  viewer: {holds: ["notes:read"]}
rules:
"""
NAMES = {
    "principal.roles": ("owner", "viewer/notes:", "owner/notes:"),
    "principal.scopes": ("exports:read", "notes:write/", "conv:read/notes:", "notes:read/"),
}
IDS = ("n_1", "a", "A.b~c-d", "notes", "read", "xxxxxxxxxxxxxxxxxxxxxxx", "0")
STEPS = (
    '("p/" + {})', '({} + "s:")', "{}.upperAscii()", "{}.lowerAscii()", "{}.reverse()", "{}.trim()", "string(bytes({}))",
    "{}.substring(%d)", "{}.substring(%d, %d)", "{}.charAt(%d)", '{}.split("/")[%d]', '{}.split(":", 2)[%d]',
    '{}.split("e")[%d]', '{}.replace("/", "e")', '{}.replace("n", "")', '{}.replace("s:", "_")', '{}.replace("e", "-", 1)',
    '{}.replace("no", "x")', '{}.replace("ts", "")', '{}.replace("n", "/")', '{}.replace("a", ":")',
    "strings.quote({})",
)  # fmt: skip
TESTS = ("contains", "startsWith", "endsWith", "matches", "indexOf", "==")


def value_of(text: str) -> object:
    """The value of an expression that reads nothing; None where it has none."""
    names = names_of({})
    try:
        return Interpreter(Resolution.of(parse_condition(text), names).tree, names).evaluate({})
    except EvaluationError:
        return None


def chain(random: Random) -> str:
    """A function of a text, or several of one another, with {} for the text."""
    found = "{}"
    for _ in range(random.randint(0, 3)):
        step = random.choice(STEPS)
        places = sorted(random.randint(0, 20 if "split" not in step else 2) for _ in range(step.count("%d")))
        found = step.replace("{}", found) % tuple(places)
    return found


def true_condition(random: Random) -> str | None:
    """A condition that is true of some name, on one resource or not."""
    listed = random.choice(list(NAMES))
    name = random.choice(NAMES[listed])
    name += random.choice(IDS) if name[-1] in "/:" else ""
    made, test = chain(random), random.choice(TESTS)
    value = value_of(made.replace("{}", json.dumps(name)))
    if not isinstance(value, str) or not value:
        return None
    start = 0 if test in ("startsWith", "==") else random.randint(0, len(value) - 1)
    end = len(value) if test in ("endsWith", "==") else random.randint(start + 1, len(value))
    part = json.dumps(value[start:end])
    if random.random() < 0.3 and test not in ("==", "matches"):
        other = json.dumps("e" * (test != "startsWith") + value + "s" * (test != "endsWith"))
        asked = f"{other}.{test}({{}})"
    else:
        asked = f"{{}} == {part}" if test == "==" else f"{{}}.{test}({part})"
        if test == "matches" and not value[start:end].replace("_", "a").isalnum():
            return None
    asked += " >= 0" if test == "indexOf" else ""
    return f"{listed}.exists(n, {asked.replace('{}', made.replace('{}', 'n'))})"


@pytest.mark.parametrize("seed", range(4))
def test_what_is_true_of_a_name_is_no_finding(tmp_path: Path, seed: int) -> None:
    """Whatever functions the names go through, a condition that is true of one is right."""
    random = Random(seed)
    drawn = dict.fromkeys(filter(None, (true_condition(random) for _ in range(900))))
    rule = "  - {id: a.r%d, effect: deny, on: ['notes:read'], code: not_permitted, when: %s}\n"
    conditions = list(drawn)
    rules = [rule % (number, json.dumps(condition)) for number, condition in enumerate(conditions)]
    (tmp_path / "pack.yaml").write_text(PACK + "".join(rules), encoding="utf-8")
    first = PACK.count("\n") + 1
    wrong = [each for each in find_problems(tmp_path) if each.code in ("SG203", "SG205", "SG206", "SG306")]
    assert [(each.message, conditions[each.line - first]) for each in wrong] == []
    assert len(drawn) > 300
