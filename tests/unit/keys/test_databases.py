"""What the stores of databases do beside what every store does."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.test import override_settings
from msgspec.structs import replace
from sqlalchemy import CheckConstraint, StaticPool, String, create_engine, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from scopeguard import RequestError, ScopeguardError
from scopeguard.keys import StoredKey
from scopeguard.keys.django import DjangoStore
from scopeguard.keys.sqlalchemy import KeyColumns, SqlalchemyStore
from tests.unit.keys.conftest import DjangoKey
from tests.unit.keys.driving import NOW, Counting, Driven

KEY = StoredKey(id="k1", workspace="ws_1", scopes="a:read", digest="d", created_at=NOW, ip_allow=("10.0.0.0/8", "::1"))


class Base(DeclarativeBase):
    """The classes of a host."""


class Labelled(KeyColumns, Base):
    """A table of keys with a column and a constraint of the host's own."""

    __tablename__ = "labelled_keys"
    __table_args__ = (CheckConstraint("workspace <> 'closed'"),)
    label: Mapped[str] = mapped_column(String(8), default="none")


@pytest.fixture
def labelled() -> Iterator[SqlalchemyStore]:
    """A store in it."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    yield SqlalchemyStore(sessionmaker(engine), Labelled)
    engine.dispose()


def test_a_key_is_looked_up_by_one_statement(labelled: SqlalchemyStore) -> None:
    """Every request asks for one, and to put a statement together takes longer than to answer it."""
    asked: list[Any] = []
    listens_to = labelled._sessions.kw["bind"]  # that of the fixture
    event.listen(listens_to, "before_execute", lambda _, statement, *__: asked.append(statement))
    labelled.add(KEY)
    assert [labelled.get(key) for key in ("k1", "k2", "k1")] == [KEY, None, KEY]
    assert len({id(each) for each in asked[1:]}) == 1


def test_every_field_comes_back(store: Counting) -> None:
    """As it was written, times in UTC, an empty list of addresses as one."""
    asked = Driven(store)
    east = timezone(timedelta(hours=5))
    keys = [
        KEY,
        replace(KEY, id="k2", ip_allow=(), owner="o", name="n", environment="live", rotated_from="k1", rotated_to="k3"),
        replace(KEY, id="k3", ip_allow=None, not_before=NOW, expires_at=NOW, revoked_at=NOW, leaked_at=NOW),
        replace(KEY, id="k4", expires_at=datetime(2026, 1, 31, 17, 0, tzinfo=east), last_used_at=NOW),
    ]
    assert [asked.add(key) for key in keys] == [True] * 4
    assert [asked.get(key.id) for key in keys] == keys
    assert asked.get("k5") is None
    assert not asked.add(replace(KEY, workspace="other"))


def test_an_update_is_whole_or_not_at_all(store: Counting) -> None:
    """A successor whose id is taken leaves the key as it was; and only an update raises the generation."""
    asked = Driven(store)
    asked.add(KEY)
    asked.add(other := replace(KEY, id="k2"))
    assert asked.generation() == 0
    rotated = replace(KEY, version=2, rotated_to="k2", expires_at=NOW)
    try:
        assert not asked.update(rotated, other)
    except Exception as error:  # noqa: BLE001  # each library has a class of its own
        assert type(error).__name__ == "IntegrityError"  # noqa: PT017  # one of two ways to refuse
    assert asked.get("k1") == KEY
    assert not asked.update(replace(rotated, version=3))
    assert not asked.update(replace(KEY, id="k9", version=2))
    asked.touch({"k1": NOW, "k9": NOW})
    asked.rehash("k1", "x", "e")
    asked.rehash("k1", "d", "e")
    assert asked.get("k1") == replace(KEY, last_used_at=NOW, digest="e")
    assert asked.generation() == 0
    assert asked.update(rotated, replace(KEY, id="k3", rotated_from="k1"))
    assert asked.get("k1") == replace(rotated, last_used_at=NOW, digest="e")
    assert asked.get("k3").rotated_from == "k1"
    assert asked.generation() == 1
    assert asked.update(replace(rotated, version=3, revoked_at=NOW))
    assert asked.generation() == 2


def test_a_constraint_of_the_hosts_is_no_id_that_is_taken(labelled: SqlalchemyStore) -> None:
    """It is raised: another id would help nothing."""
    store = labelled
    assert store.add(KEY)
    assert store.get("k1") == KEY
    with pytest.raises(IntegrityError):
        store.add(replace(KEY, id="k2", workspace="closed"))


def test_a_cache_needs_a_generation(labelled: SqlalchemyStore) -> None:
    """A store without one says so when it is asked, and does its other work."""
    store = labelled
    store.add(KEY)
    assert store.update(replace(KEY, version=2))
    with pytest.raises(ScopeguardError, match="generation="):
        store.generation()


def test_what_is_no_table_of_keys() -> None:
    """A class without a table, or without a column, is refused when the store is made."""

    class Bare(Base):
        __tablename__ = "bare"
        id: Mapped[str] = mapped_column(String(8), primary_key=True)

    for model, match in ((KeyColumns, "no declarative class"), (Bare, 'lacks the column "?workspace')):
        with pytest.raises(RequestError, match=match):
            SqlalchemyStore(sessionmaker(), model)  # type: ignore[arg-type]  # what is refused


def test_times_need_a_zone() -> None:
    """A project that drops the zone of its times is refused."""
    with override_settings(USE_TZ=False), pytest.raises(RequestError, match="USE_TZ"):
        DjangoStore(DjangoKey)


@pytest.mark.slow
@pytest.mark.parametrize("extra", ["sqlalchemy", "django", "redis"])
def test_an_extra_that_is_missing_is_named(extra: str) -> None:
    """What is imported says which extra to install; the keys themselves need none."""
    program = (
        f"import sys; sys.modules[{extra!r}] = None\n"
        "import scopeguard.keys\n"
        f"try: import scopeguard.keys.{extra}\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done: Any = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == (f"scopeguard.keys.{extra} needs its extra: pip install 'scopeguard-authz[{extra}]'\n")
