"""Changes of one key at the same time: no change is lost, and a revocation least of all."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from msgspec.structs import replace

from scopeguard import Guard
from scopeguard.keys import KeyChangedError, KeyRotatedError, Keys, MemoryStore, StoredKey
from tests.unit.keys.driving import ADMIN, HOUR, NOW, PEPPER, Counting, Driven, dashboard, issue


class Meddling(MemoryStore):
    """A store in which somebody else changes a key right before each change that is asked for, *times* times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """As ``KeyStore.update``, after another change."""
        found = self.get(key.id)
        if self.times and found is not None:
            self.times -= 1
            super().update(replace(found, version=found.version + 1, expires_at=NOW + 9 * HOUR))
        return super().update(key, successor)


def keys_over(store: Any) -> Driven:
    """Keys in a store."""
    return Driven(Keys(store, prefix="hyp", pepper=[PEPPER], environment="live"))


@pytest.mark.parametrize("times", [1, 3])
def test_a_revocation_is_not_lost(guard: Guard, times: int) -> None:
    """What gets in between is read again, and both changes are there."""
    keys = keys_over(store := Meddling(times))
    made = issue(keys, guard)
    keys.revoke(guard, ADMIN, made.id, dashboard())
    found = store.get(made.id)
    assert found is not None
    assert (found.revoked_at, found.expires_at, found.version) == (NOW, NOW + 9 * HOUR, 2 + times)


def test_a_change_that_never_comes_through_is_told(guard: Guard) -> None:
    """It raises, and no half of it was made."""
    keys = keys_over(store := Meddling(100))
    made = issue(keys, guard)
    with pytest.raises(KeyChangedError):
        keys.revoke(guard, ADMIN, made.id, dashboard())
    with pytest.raises(KeyChangedError):
        keys.rotate(guard, ADMIN, made.id, dashboard(), overlap=HOUR)
    assert [each.rotated_to for each in store.of_workspace("ws_1")] == [None]


class Colliding(MemoryStore):
    """A store in which the ids of new keys are taken at first."""

    tries = 0

    def add(self, key: StoredKey) -> bool:
        """As ``KeyStore.add``."""
        self.tries += 1
        return self.tries > 2 and super().add(key)


def test_an_id_that_is_taken_is_not_used(guard: Guard) -> None:
    """Another one is drawn; where every one is taken it is told."""
    keys = keys_over(store := Colliding())
    made = issue(keys, guard)
    assert (store.tries, store.get(made.id)) == (3, made.key)
    store.tries = -100
    with pytest.raises(KeyChangedError):
        issue(keys, guard)


def test_one_of_many_rotations_wins(guard: Guard, store: Counting) -> None:
    """Of racing rotations one makes a key, and the others hear which one."""
    keys = store.keys()
    old = issue(keys, guard)
    heard: list[str] = []
    barrier = threading.Barrier(8)

    def rotate() -> None:
        barrier.wait()
        try:
            heard.append(keys.rotate(guard, ADMIN, old.id, dashboard(), overlap=timedelta(0)).id)
        except KeyRotatedError as error:
            heard.append(error.successor)
        except Exception as error:  # noqa: BLE001  # which one it is shows in the comparison
            heard.append(str(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=rotate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (new,) = [each for each in Driven(store).of_workspace("ws_1") if each.id != old.id]
    # Who comes last finds a key that has ended.
    assert {text for text in heard if "expired" not in text} == {new.id}
    assert Driven(store).get(old.id).rotated_to == new.id
