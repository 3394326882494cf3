"""V45: a regular expression, of a policy or of the library itself, takes exponential or quadratic time on a chosen text."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scopeguard import Context, Grant, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.syntax.parser import parse_condition, parse_grants, parse_pattern, parse_requirement
from tests.hazards.packs import editor, load


def test_v45_matches_takes_no_time(tmp_path: Path) -> None:
    """Conditions match by RE2, in time linear in the text: what takes Python's re for ever takes no time."""
    rule = (
        "{id: own, effect: deny, on: ['notes:read'], when: 'resource.owner.matches(\"^(a+)+$\")', code: not_permitted}"
    )
    guard = load(tmp_path, rule)
    start = time.process_time()
    assert guard.check(editor(), "notes:read", Resource("notes", "n", "ws_1", {"owner": "a" * 50_000 + "!"})).allowed
    assert guard.check(editor(), "notes:read", Resource("notes", "n", "ws_1", {"owner": "a" * 50_000})).rules == (
        "own",
    )
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("pattern", ["(a", "a{1001}", "(?=a)", "\\\\1"])
def test_v45_only_patterns_of_re2(tmp_path: Path, pattern: str) -> None:
    """What RE2 does not take, back references and look-around among it, is refused when the pack is loaded."""
    with pytest.raises(PolicyError) as caught:
        load(
            tmp_path,
            f"{{id: a, effect: allow, on: ['notes:read'], kinds: [api_key], when: 'principal.kind.matches(\"{pattern}\")'}}",
        )
    assert [each.code for each in caught.value.diagnostics] == ["SG505"]


SIZE = 1_000_000
HOSTILE = {
    "one word": "a" * SIZE + "!", "upper case in an id": "a:b/" + "A" * SIZE + "!", "colons": "a:" * (SIZE // 2),
    "slashes": "/" * SIZE, "words": "a:b " * (SIZE // 4) + "!", "underscores": "1_" * (SIZE // 2), "digits": "1" * SIZE,
    "times": "1:" * (SIZE // 2) + "x", "points": "1." * (SIZE // 2), "spaces": " " * SIZE + "!", "dates": "2024-" * (SIZE // 5),
    "exponents": "1e" * (SIZE // 2), "braces": "a:{" + "a," * (SIZE // 2) + "}!", "dashes": "- " * (SIZE // 2),
}  # fmt: skip


def written(text: str, folder: Path) -> Guard:
    """A guard of a pack in which the text stands plain."""
    (folder / "pack.yaml").write_text(f"scopeguard: 1\nroles: {{r: {{holds: [{text}]}}}}\n", encoding="utf-8")
    return Guard.load(folder)


READERS: dict[str, Callable[[str, Path], object]] = {
    "a grant": lambda text, _: Grant.parse(text),
    "scopes": lambda text, _: Principal.api_key("k", workspace="w", scopes=text),
    "a list of scopes": lambda text, _: Principal.api_key("k", workspace="w", scopes=[text]),
    "an id": lambda text, _: Resource("notes", text),
    "a name": lambda text, _: Context(channel=text),
    "a network": lambda text, _: Principal.api_key("k", workspace="w", ip_allow=[text]),
    "a condition": lambda text, _: parse_condition(text),
    "a requirement": lambda text, _: parse_requirement(text),
    "a pattern": lambda text, _: parse_pattern(text),
    "grants": lambda text, _: parse_grants(text),
    "a policy file": written,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_v45_a_chosen_text_takes_no_time(tmp_path: Path, read: Callable[[str, Path], object], text: str) -> None:
    """So many characters are refused wherever text enters, in far less than what squares would take."""
    start = time.process_time()
    with pytest.raises((RequestError, PolicyError)):
        read(text, tmp_path)
    assert time.process_time() - start < 3.0


def test_v45_a_long_scope_is_told_by_its_length() -> None:
    """The longest scope there can be is read; one character more, and no character of it is looked at."""
    longest = "a" * 48 + ":" + "b" * 32 + "/" + "p" * 48 + ":" + "C" * 128
    assert str(Grant.parse(longest)) == longest
    with pytest.raises(RequestError, match="is longer than 259 characters"):
        Grant.parse(longest + "*")
