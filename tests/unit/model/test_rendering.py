"""What a response says of a denial where it says the least, and where it says everything."""

import pytest

from scopeguard import Decision, Remedy


def denied(**parts: object) -> Decision:
    """A denial with some parts."""
    return Decision("deny", "agents:write", "scope_missing", "It is not held", "digest", **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("disclosure", "expected"),
    [
        ("none", None),
        ("scopes", None),
        ("full", 'Bearer error="insufficient_scope", scope="agents:write"'),
    ],
)
def test_a_denial_told_as_404_is_challenged_in_full_or_not_at_all(disclosure: str, expected: str | None) -> None:
    """That there is something to be denied is what a 404 hides, but from whoever may know everything."""
    hidden = denied(status=404, challenge="insufficient_scope", needed=("agents:write",))
    assert hidden.www_authenticate(disclosure=disclosure) == expected  # type: ignore[arg-type]  # of a table


@pytest.mark.parametrize(
    ("status", "title"),
    [(403, "Forbidden"), (499, "Bad Request"), (599, "Internal Server Error"), (600, "Unknown"), (999, "Unknown")],
)
def test_a_status_that_is_not_known_is_the_first_of_its_class(status: int, title: str) -> None:
    """RFC 9110 section 15; of no class at all, it is unknown."""
    assert denied(status=status).to_problem(disclosure="none") == {
        "type": "about:blank",
        "title": title,
        "status": status,
    }


@pytest.mark.parametrize(("length", "expected"), [(256, "a" * 256), (257, "a" * 253 + "...")])
def test_a_description_is_cut_where_it_is_longer_than_a_header_should_be(length: int, expected: str) -> None:
    """To the letter."""
    decision = denied(status=403, challenge="invalid_token", remedy=Remedy("a" * length))
    assert decision.www_authenticate() == f'Bearer error="invalid_token", error_description="{expected}"'
