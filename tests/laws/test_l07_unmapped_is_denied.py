"""Law 7, unmapped_is_denied: unknown is denied, malformed raises, and neither is ever an allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Context, Guard, Principal, RequestError, Resource
from tests.laws.support import law

TEXTS = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[a-z_]{1,8}[:.][a-z_]{1,8}", fullmatch=True),
    st.sampled_from(["agents:read ", " agents:read", "agents:read\x00", "AGENTS:READ", "agents:*", "*:*", "agents"]),
)
JUNK = st.one_of(st.none(), st.integers(), st.floats(), st.binary(), st.lists(st.text()), st.just(object()))


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The shipped pack."""
    return Guard.default()


@pytest.fixture(scope="module")
def owner() -> Principal:
    """Somebody who may do nearly everything."""
    return Principal.member("usr_1", workspace="ws_1", roles=["owner"])


@law(300)
@given(TEXTS)
def test_unmapped_is_denied(guard: Guard, owner: Principal, action: str) -> None:
    """A text that the catalog does not have is denied with the one code, or refused where it is no identifier."""
    known = {*guard.catalog.permissions, *guard.catalog.operations}
    try:
        decision = guard.check(owner, action, context=Context(channel="dashboard"))
    except RequestError:
        assert action not in known
        return
    assert action in known or (decision.effect, decision.code) == ("deny", "unmapped_action")


@law(100)
@given(JUNK)
def test_malformed_is_refused(guard: Guard, owner: Principal, junk: object) -> None:
    """What is not of the right type raises RequestError in every place, and nothing else."""
    context = Context(channel="dashboard")
    with pytest.raises(RequestError):
        guard.check(owner, junk, context=context)  # type: ignore[arg-type]
    with pytest.raises(RequestError):
        guard.check(junk, "agents:read", context=context)  # type: ignore[arg-type]
    with pytest.raises(RequestError):
        guard.check(owner, "agents:read", context=junk)  # type: ignore[arg-type]
    if junk is not None:
        with pytest.raises(RequestError):
            guard.check(owner, "agents:read", junk, context)


def test_an_unknown_kind_cannot_ask(guard: Guard) -> None:
    """There is no principal of an unknown kind."""
    with pytest.raises(RequestError, match="kind"):
        Principal("robot", "r", "ws_1")  # type: ignore[arg-type]


def test_an_unknown_surface_is_no_resource_of_a_known_one(guard: Guard, owner: Principal) -> None:
    """A resource of another surface than the action's is a malformed question."""
    for surface in ("nothing", "schedules"):
        with pytest.raises(RequestError):
            guard.check(owner, "agents:read", Resource(surface, "x", "ws_1"), Context(channel="dashboard"))
