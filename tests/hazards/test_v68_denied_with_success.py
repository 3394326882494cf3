"""V68: a denial whose HTTP status says that all went well, or that something stands elsewhere."""

from pathlib import Path

import pytest

from scopeguard import Guard
from scopeguard.compiling.loading import find_problems
from scopeguard.model.codes import STANDARD_CODES

REMEDY = "remedy: {text: Do it.}"


def found(tmp_path: Path, code: str, content: str) -> list[str]:
    """The findings about one entry of recovery that a rule gives."""
    effect = "advise" if "advice" in content or code == "payment_grace" else "deny"
    pack = tmp_path / "p.yaml"
    pack.write_text(
        "scopeguard: 1\n"
        "catalog: {surfaces: {notes: {actions: [read], coarse: true}}}\n"
        f"recovery:\n  {code}: {{{content}}}\n"
        f'rules:\n  - {{id: a.b, effect: {effect}, on: ["notes:read"], code: {code}}}\n',
        encoding="utf-8",
    )
    return [f"{each.line}:{each.column} {each.code} {each.severity}" for each in find_problems(pack)]


@pytest.mark.parametrize("status", [200, 204, 302, 399])
@pytest.mark.parametrize("kind", ["", "class: denial, ", "class: state, ", f"class: recovery, {REMEDY}, "])
def test_v68_denials_say_that_they_are_none(status: int, kind: str, tmp_path: Path) -> None:
    """Refused, at the number, whatever the class of the code."""
    column = len(f"  mine: {{{kind}status: ") + 1
    assert found(tmp_path, "mine", f"{kind}status: {status}") == [f"4:{column} SG419 error"]


@pytest.mark.parametrize(
    "code", ["not_permitted", "credential_invalid", "feature_not_available", "payment_interrupted"]
)
def test_v68_standard_codes(code: str, tmp_path: Path) -> None:
    """Refused too where a pack gives another status to a code that every pack has."""
    assert "SG419 error" in found(tmp_path, code, f"status: 200, {REMEDY}")[0]


@pytest.mark.parametrize("status", [400, 402, 404, 409, 422, 429, 451, 500, 503, 599])
def test_v68_errors_are_errors(status: int, tmp_path: Path) -> None:
    """Every status of an error is one."""
    assert found(tmp_path, "mine", f"status: {status}") == []


def test_v68_advice_comes_with_success(tmp_path: Path) -> None:
    """Advice is said with an allow, and has the status of one."""
    assert found(tmp_path, "mine", f"class: advice, status: 200, {REMEDY}") == []
    assert found(tmp_path, "payment_grace", f"status: 202, {REMEDY}") == []


def test_v68_what_is_shipped() -> None:
    """No code of the library or of the shipped pack denies with a success."""
    codes = [*STANDARD_CODES.values(), *Guard.default().catalog.codes.values()]
    assert {code.name for code in codes if (code.kind == "advice") is not (200 <= code.status < 300)} == set()
    assert {code.name for code in codes if code.kind != "advice" and not 400 <= code.status <= 599} == set()
