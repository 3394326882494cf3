"""The life of a key: issued, recognised, rotated, revoked, leaked; the same over every store, at once and awaited."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scopeguard import AccessDenied, Context, Guard, Principal, RequestError
from scopeguard.keys import KeyRotatedError, Keys, MemoryStore, StoredKey, UnknownKeyError, build_key
from tests.unit.keys.driving import (
    ADMIN,
    HOUR,
    NOW,
    OTHER_PEPPER,
    PEPPER,
    STRANGER,
    VIEWER,
    Counting,
    Driven,
    dashboard,
    issue,
)

JOBS = """
scopeguard: 1
pack: {base: none, because: one job looks after all workspaces}
catalog:
  surfaces:
    notes: {actions: [read], coarse: true}
    api_keys: {actions: [view, create, rotate, revoke, grant_sensitive], holdable_by: [member, system], coarse: false}
rules:
  - {id: jobs.keys, effect: allow, on: ["api_keys:*"], when: principal.kind == "system"}
  - {id: jobs.notes, effect: allow, on: ["notes:*"], when: principal.kind == "system"}
"""
SERVER = Context(channel="server", now=NOW)


def changed(text: str) -> str:
    """A key that differs in its secret alone, with a checksum that fits."""
    environment, key_id, rest = text.removeprefix("hyp_").split("_")
    return build_key("hyp", key_id, rest[:-7] + ("a" if rest[-7] != "a" else "b"), environment=environment)


def test_a_key_is_issued_and_recognised(keys: Driven, guard: Guard) -> None:
    """It is the principal that its record says, with the canonical scopes; its digest and its secret are not the same."""
    made = issue(keys, guard, "workspace:read agents:write", name="deploys", expires_at=NOW + HOUR)
    assert made.secret.startswith(f"hyp_live_{made.id}_")
    found = keys.verify(made.secret, now=NOW)
    assert (found.id, found.workspace, found.owner, found.name) == (made.id, "ws_1", "ann", "deploys")
    assert (found.scopes, found.environment) == ("agents:write workspace:read", "live")
    assert (found.created_at, found.expires_at, found.version) == (NOW, NOW + HOUR, 1)
    assert made.secret.rpartition("_")[2][:-6] not in found.digest
    assert keys.principal(made.secret, now=NOW) == Principal.api_key(
        made.id, workspace="ws_1", scopes="agents:write workspace:read", expires_at=NOW + HOUR
    )


def test_what_is_nobodys_key(keys: Driven, guard: Guard, store: Counting) -> None:
    """No credential is anonymous; what is none of ours is unrecognized, and no principal is ever None."""
    made = issue(keys, guard)
    assert keys.principal(None, now=NOW) == Principal.anonymous()
    nobody = [
        "", "Bearer x", made.secret[:-1], made.secret + "0", changed(made.secret),
        build_key("hyp", "unknown", "x" * 43, environment="live"),
    ]  # fmt: skip
    for text in nobody:
        assert keys.principal(text, now=NOW) == Principal.unrecognized()
        assert keys.verify(text, now=NOW) is None
        assert keys.report_leak(text, now=NOW) is None


def test_one_read_of_the_store_for_a_request_and_none_for_what_is_no_key(
    keys: Driven, guard: Guard, store: Counting
) -> None:
    """A wrong checksum, another prefix or another environment never reaches the store; every key reaches it once."""
    made = issue(keys, guard)
    keys.principal(made.secret, now=NOW)
    store.asked.clear()
    for text in (made.secret[:-1] + "!", made.secret.replace("hyp", "hyq"), "", build_key("hyp", made.id, "x" * 43),
                 build_key("hyp", made.id, "x" * 43, environment="test")):  # fmt: skip
        keys.principal(text, now=NOW)
    assert store.asked == []
    for text in (made.secret, changed(made.secret), build_key("hyp", "unknown", "x" * 43, environment="live")):
        keys.principal(text, now=NOW)
        assert store.asked == ["get"]
        store.asked.clear()


def test_who_may_not_issue(keys: Driven, guard: Guard, store: Counting) -> None:
    """The guard is asked before anything is made: what mint denies is raised, and the store learns nothing."""
    for actor, scopes, code in (
        (VIEWER, "agents:read", "member_permission_missing"),
        (ADMIN, "collected_data:read", "sensitive_grant_forbidden"),
        (ADMIN, "", "scopes_empty"),
        (ADMIN, "agents:rite", "scope_unknown"),
        (Principal.api_key("k", workspace="ws_1", scopes="workspace:write"), "agents:read", "dashboard_only"),
    ):
        with pytest.raises(AccessDenied) as denied:
            keys.issue(guard, actor, scopes, dashboard())
        assert denied.value.decision.code == code
        assert denied.value.asked is not None
        assert (denied.value.asked.principal, denied.value.asked.action) == (actor, "api_keys:create")
    assert store.asked == []


@pytest.mark.parametrize(
    "more",
    [
        {"expires_at": NOW},
        {"expires_at": (NOW + HOUR).replace(tzinfo=None)},
        {"expires_at": "tomorrow"},
        {"not_before": NOW + HOUR, "expires_at": NOW + HOUR},
        {"not_before": (NOW + HOUR).replace(tzinfo=None), "expires_at": NOW + HOUR},
        {"name": "a\nb"},
        {"name": "x" * 201},
        {"name": 7},
        {"ip_allow": ["10.0.0.1/8"]},
    ],
)
def test_details_that_are_refused(keys: Driven, guard: Guard, store: Counting, more: dict[str, Any]) -> None:
    """What no key could have is refused before there is one."""
    with pytest.raises(RequestError):
        issue(keys, guard, **more)
    assert store.asked == []


def test_a_change_needs_a_time(keys: Driven, guard: Guard) -> None:
    """The time of a change is the one of the context, which no default stands in for."""
    with pytest.raises(RequestError, match="give the context now"):
        keys.issue(guard, ADMIN, "workspace:read", Context(channel="dashboard"))
    with pytest.raises(RequestError, match="offset"):
        keys.verify("", now=NOW.replace(tzinfo=None))


def test_a_rotation_overlaps_for_as_long_as_is_said(keys: Driven, guard: Guard) -> None:
    """Both keys work, then one; the scopes are the same, and the old key says which one took its place."""
    old = issue(keys, guard, "workspace:read agents:write")
    new = keys.rotate(guard, ADMIN, old.id, dashboard(), overlap=HOUR)
    assert (new.key.scopes, new.key.rotated_from, new.key.version) == ("agents:write workspace:read", old.id, 1)
    assert new.secret != old.secret
    for moment, in_force in ((NOW, {old.id, new.id}), (NOW + HOUR, {new.id})):
        found = [keys.verify(each.secret, now=moment) for each in (old, new)]
        assert {each.id for each in found if each} == in_force
    late = keys.principal(old.secret, now=NOW + HOUR)
    assert guard.check(late, "agents:read", context=Context("server", now=NOW + HOUR)).code == "credential_expired"
    with pytest.raises(KeyRotatedError) as again:
        keys.rotate(guard, ADMIN, old.id, dashboard(), overlap=HOUR)
    assert (again.value.successor, again.value.status, again.value.code) == (new.id, 409, "key_rotated_already")


def test_an_overlap_ends_no_later_than_the_key(keys: Driven, guard: Guard) -> None:
    """The old key is not prolonged by it; the new one ends when the old one would have, or when it is said."""
    old = issue(keys, guard, expires_at=NOW + HOUR)
    new = keys.rotate(guard, ADMIN, old.id, dashboard(), overlap=2 * HOUR)
    assert keys.verify(old.secret, now=NOW).expires_at == NOW + HOUR
    assert new.key.expires_at == NOW + HOUR
    newer = keys.rotate(guard, ADMIN, new.id, dashboard(), overlap=timedelta(0), expires_at=NOW + 5 * HOUR)
    assert newer.key.expires_at == NOW + 5 * HOUR
    assert keys.verify(new.secret, now=NOW) is None


def test_an_overlap_has_no_default(keys: Driven, guard: Guard) -> None:
    """How long a key that is replaced goes on is for whoever replaces it to say."""
    made = issue(keys, guard)
    with pytest.raises(TypeError):
        keys.rotate(guard, ADMIN, made.id, dashboard())
    for overlap in (timedelta(seconds=-1), 60, None, timedelta.max):
        with pytest.raises(RequestError, match="overlap"):
            keys.rotate(guard, ADMIN, made.id, dashboard(), overlap=overlap)


def test_rotation_lets_out_no_more_than_issuing(keys: Driven, guard: Guard) -> None:
    """Who may not hand the scopes out does not rotate the key either, and nothing is rotated then."""
    owner = Principal.member("olga", workspace="ws_1", roles=["owner"])
    made = keys.issue(guard, owner, "collected_data:read", dashboard())
    with pytest.raises(AccessDenied) as denied:
        keys.rotate(guard, ADMIN, made.id, dashboard(), overlap=HOUR)
    assert denied.value.decision.code == "sensitive_grant_forbidden"
    assert keys.verify(made.secret, now=NOW).rotated_to is None


def test_a_revoked_key_is_denied_at_once(keys: Driven, guard: Guard) -> None:
    """The next request is denied for it, it is not rotated any more, and revoking it again changes nothing."""
    made = issue(keys, guard)
    assert guard.check(keys.principal(made.secret, now=NOW), "agents:read", context=SERVER).allowed
    keys.revoke(guard, ADMIN, made.id, dashboard())
    assert keys.verify(made.secret, now=NOW) is None
    found = guard.check(keys.principal(made.secret, now=NOW), "agents:read", context=SERVER)
    assert found.code == "credential_revoked"
    keys.revoke(guard, ADMIN, made.id, dashboard(NOW + HOUR))
    with pytest.raises(AccessDenied) as denied:
        keys.rotate(guard, ADMIN, made.id, dashboard(), overlap=HOUR)
    assert denied.value.decision.code == "credential_revoked"


def test_revoking_ends_the_predecessors_in_their_overlap_too(keys: Driven, guard: Guard) -> None:
    """Who revokes a key means the credential, and not only its newest text."""
    first = issue(keys, guard)
    second = keys.rotate(guard, ADMIN, first.id, dashboard(), overlap=HOUR)
    third = keys.rotate(guard, ADMIN, second.id, dashboard(), overlap=HOUR)
    keys.revoke(guard, ADMIN, third.id, dashboard())
    assert [keys.verify(each.secret, now=NOW) for each in (first, second, third)] == [None, None, None]


def test_revoking_ends_every_predecessor_that_is_not_over(keys: Driven, guard: Guard) -> None:
    """One that was replaced at once hides none that goes on longer."""
    first = issue(keys, guard)
    second = keys.rotate(guard, ADMIN, first.id, dashboard(), overlap=9 * HOUR)
    third = keys.rotate(guard, ADMIN, second.id, dashboard(), overlap=timedelta(0))
    assert keys.verify(first.secret, now=NOW + HOUR) is not None
    keys.revoke(guard, ADMIN, third.id, dashboard())
    late = [keys.verify(each.secret, now=NOW + HOUR) for each in (first, second, third)]
    assert late == [None, None, None]


def test_what_is_no_id_of_a_key_reaches_no_store(keys: Driven, guard: Guard, store: Counting) -> None:
    """A database may refuse it with an error of its own; it is as any key that is not there."""
    issue(keys, guard)
    store.asked.clear()
    wrong: Any
    for wrong in (None, 3, ["x"], b"x", "a\0b", ""):
        with pytest.raises(RequestError):
            keys.rotate(guard, ADMIN, wrong, dashboard(), overlap=HOUR)
        with pytest.raises(RequestError):
            keys.revoke(guard, ADMIN, wrong, dashboard())
    for unknown in ("no_such_key", "é", "x" * 33):
        with pytest.raises(AccessDenied):
            keys.rotate(guard, ADMIN, unknown, dashboard(), overlap=HOUR)
        with pytest.raises(AccessDenied):
            keys.revoke(guard, ADMIN, unknown, dashboard())
    assert store.asked == []


@pytest.mark.parametrize("wrong", [{"cache_bound": 1}, {"last_used_every": 60}, {"last_used_every": -HOUR}])
def test_times_that_are_none_are_refused_where_they_are_given(store: Counting, wrong: Any) -> None:
    """And not with the first request."""
    with pytest.raises(RequestError, match=next(iter(wrong))):
        store.keys(**wrong)


def test_a_key_of_another_workspace_is_as_one_that_is_not_there(keys: Driven, guard: Guard) -> None:
    """To whoever asks, in the denial and in what it says was asked, whatever the verb."""
    made = issue(keys, guard)
    heard = []
    for key_id in (made.id, "no_such_key"):
        for verb, more in (("rotate", {"overlap": HOUR}), ("revoke", {})):
            with pytest.raises(AccessDenied) as denied:
                getattr(keys, verb)(guard, STRANGER, key_id, dashboard(), **more)
            asked = denied.value.asked
            assert asked is not None
            assert asked.resource is not None
            heard.append((denied.value.decision, asked.action, asked.resource.workspace))
    assert heard[:2] == heard[2:]
    assert [decision.status for decision, *_ in heard] == [404] * 4
    assert keys.verify(made.secret, now=NOW) is not None


def test_who_has_no_workspace_is_told_that_there_is_no_such_key(tmp_path: Path) -> None:
    """A job that may revoke everywhere hears of a key that is not there: it sees all of them anyway."""
    (tmp_path / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    guard, job = Guard.load(tmp_path), Principal.system("sweeper")
    keys = Keys(MemoryStore(), prefix="hyp", pepper=[PEPPER])
    with pytest.raises(UnknownKeyError):
        keys.revoke(guard, job, "none", dashboard())
    with pytest.raises(RequestError, match="workspace"):
        keys.issue(guard, job, "notes:read", dashboard())


def test_a_leaked_key_says_so(keys: Driven, guard: Guard) -> None:
    """Who holds the whole text may report it; half of it, or another secret, reports nothing."""
    made = issue(keys, guard)
    assert keys.report_leak(changed(made.secret), now=NOW) is None
    assert keys.verify(made.secret, now=NOW) is not None
    told = keys.report_leak(made.secret, now=NOW)
    assert (told.id, told.owner, told.leaked_at) == (made.id, "ann", NOW)
    assert keys.verify(made.secret, now=NOW) is None
    denial = guard.check(keys.principal(made.secret, now=NOW), "agents:read", context=SERVER)
    assert denial.code == "credential_leaked"
    assert keys.report_leak(made.secret, now=NOW + HOUR).leaked_at == NOW


def test_a_key_is_within_the_ceiling_of_its_owner(keys: Driven, guard: Guard) -> None:
    """What the owner may no longer do, the key does no longer; an empty ceiling is nothing, and None is no ceiling at all."""
    made = issue(keys, guard, "workspace:read agents:write")
    asked: list[StoredKey] = []

    def ceiling(found: StoredKey) -> Any:
        asked.append(found)
        return guard.ceiling(["viewer"])

    held = keys.principal(made.secret, now=NOW, ceiling=ceiling)
    assert [found.owner for found in asked] == ["ann"]
    assert guard.check(held, "agents:read", context=SERVER).allowed
    assert guard.check(held, "agents:write", context=SERVER).code == "scope_missing"
    nothing = keys.principal(made.secret, now=NOW, ceiling=lambda _: [])
    assert not guard.check(nothing, "agents:read", context=SERVER)
    with pytest.raises(RequestError, match="empty list"):
        keys.principal(made.secret, now=NOW, ceiling=lambda _: None)
    assert keys.principal("nobody", now=NOW, ceiling=ceiling) == Principal.unrecognized()
    assert len(asked) == 1


def test_another_environment_has_keys_of_its_own(store: Counting, guard: Guard) -> None:
    """A key of production is nobody's in a test, and is not managed from there."""
    live, test = (store.keys(environment=name) for name in ("live", "test"))
    made = issue(live, guard)
    assert test.principal(made.secret, now=NOW) == Principal.unrecognized()
    with pytest.raises(AccessDenied) as denied:
        test.revoke(guard, ADMIN, made.id, dashboard())
    assert denied.value.decision.code == "workspace_mismatch"
    assert live.verify(made.secret, now=NOW) is not None


def test_a_new_pepper_takes_over_with_use(store: Counting, guard: Guard) -> None:
    """Keys under an old pepper work and are stored anew once used; then the old pepper can go."""
    before, between, after = (store.keys(*peppers) for peppers in ((PEPPER,), (OTHER_PEPPER, PEPPER), (OTHER_PEPPER,)))
    used, unused = issue(before, guard), issue(before, guard)
    assert after.principal(used.secret, now=NOW) == Principal.unrecognized()
    digest = before.verify(used.secret, now=NOW).digest
    assert between.verify(used.secret, now=NOW).digest != digest
    store.asked.clear()
    assert between.verify(used.secret, now=NOW).id == used.id
    assert store.asked == ["get"]
    assert after.verify(used.secret, now=NOW).id == used.id
    assert after.verify(unused.secret, now=NOW) is None
    assert before.verify(unused.secret, now=NOW).id == unused.id


def test_last_uses_are_written_at_most_once_a_minute_and_together(keys: Driven, guard: Guard, store: Counting) -> None:
    """The first use is written at once; those of the next minute wait, and go with one write."""
    made = [issue(keys, guard) for _ in range(3)]
    store.asked.clear()
    keys.principal(made[0].secret, now=NOW)
    assert store.asked == ["get", "touch"]
    for seconds in (1, 20, 40, 59):
        for each in made:
            keys.principal(each.secret, now=NOW + timedelta(seconds=seconds))
    assert store.asked.count("touch") == 1
    store.asked.clear()
    minute = NOW + timedelta(minutes=1)
    keys.principal(made[0].secret, now=minute)
    assert store.asked == ["get", "touch"]
    found = [keys.verify(each.secret, now=minute).last_used_at for each in made]
    assert found == [minute, NOW + timedelta(seconds=1), NOW + timedelta(seconds=1)]


def test_a_clock_that_is_put_back(keys: Driven, guard: Guard, store: Counting) -> None:
    """Uses are written as ever, and that of the wrong day is corrected by the next one; a little skew is not."""
    made = [issue(keys, guard) for _ in range(2)]
    keys.principal(made[0].secret, now=NOW + timedelta(days=1))
    store.asked.clear()
    for each in made:
        keys.principal(each.secret, now=NOW)
    keys.write_uses()
    assert [keys.verify(each.secret, now=NOW).last_used_at for each in made] == [NOW, NOW]
    keys.principal(made[0].secret, now=NOW - timedelta(seconds=59))
    keys.write_uses()
    assert keys.verify(made[0].secret, now=NOW).last_used_at == NOW


def test_what_waits_is_written_at_the_end(keys: Driven, guard: Guard, store: Counting) -> None:
    """A process that ends writes what it noted."""
    made = [issue(keys, guard) for _ in range(2)]
    for each in made:
        keys.principal(each.secret, now=NOW)
    keys.write_uses()
    keys.write_uses()
    assert store.asked.count("touch") == 2
    assert [keys.verify(each.secret, now=NOW).last_used_at for each in made] == [NOW, NOW]


def test_the_keys_of_a_workspace(keys: Driven, guard: Guard, store: Counting) -> None:
    """The oldest first, and none of another workspace."""
    first = issue(keys, guard)
    keys.issue(guard, STRANGER, "workspace:read", dashboard())
    second = keys.issue(guard, ADMIN, "workspace:read", dashboard(NOW + HOUR))
    listed = Driven(store).of_workspace("ws_1")
    assert [each.id for each in listed] == [first.id, second.id]
    assert listed[0] == first.key
