"""Lists by Django equal checks, row by row, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, models

from scopeguard import AccessDenied, Guard, Principal, RequestError
from scopeguard.integrations.cannot_filter import CannotFilter
from tests.conformance.filters import CASES, CONTEXT, PRINCIPAL, TYPES, guard_of, rows
from tests.django_project import configured
from tests.integrations.django_tables import Case, Doc, Store
from tests.integrations.listing import CANNOT, PACKS, compare
from tests.row_packs import COLUMNS

configured()

from scopeguard.integrations.django import Columns, map_columns, permitted  # noqa: E402  # once there are settings

PACK = """\
scopeguard: 1
catalog:
  attributes: {principal: {team: string}}
  surfaces:
    docs:
      actions: [read]
      coarse: true
      qualifiable: true
      attributes: {owner: string, size: int, ratio: double, made_at: timestamp, tags: list(string), data: bytes}
rules:
  - {id: docs.owner, effect: deny, code: not_permitted, on: ["docs:read"], when: 'principal.team != resource.owner'}
"""
KEY = Principal.api_key("k", workspace="7", scopes="docs:read", attributes={"team": "red"})


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def alias(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database."""
    if request.param == "SQLite":
        path = tmp_path_factory.mktemp("django") / "lists.db"
        configured(lists={"ENGINE": "django.db.backends.sqlite3", "NAME": path})
        yield "lists"
    else:
        server = request.getfixturevalue("postgres_server")
        place = {"NAME": "postgres", "USER": "tests", "HOST": "127.0.0.1", "PORT": server.port}
        configured(lists_server={"ENGINE": "django.db.backends.postgresql", **place})
        yield "lists_server"
    connections.close_all()


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_corpus(alias: str, case: str, tmp_path: Path) -> None:
    """Each case selects its rows, or is refused with the rule that cannot be said."""
    condition, expected = CASES[case]
    guard = guard_of(condition, tmp_path)
    store = Store(alias, Case, TYPES)
    store.load(rows())
    if case in CANNOT:
        with pytest.raises(CannotFilter) as raised:
            store.ask(guard, PRINCIPAL, "docs:read", CONTEXT)
        assert raised.value.rule == "case"
        return
    assert store.ask(guard, PRINCIPAL, "docs:read", CONTEXT) == expected


def test_random_packs(alias: str) -> None:
    """Random rules over random rows, of which a third is NULL."""
    store = Store(alias, Doc, COLUMNS)
    answered, refused = compare(200, store.load, store.ask, packs=PACKS)
    assert answered > refused


class Space(models.Model):
    """A workspace."""

    class Meta:
        """The application that it belongs to."""

        app_label = "tests"

    def __str__(self) -> str:
        return str(self.pk)


class Keyed(models.Model):
    """A document whose keys are no texts."""

    space_id: int
    space: Any = models.ForeignKey(Space, on_delete=models.CASCADE)
    owner: Any = models.CharField(max_length=20, null=True)  # noqa: DJ001  # nobody is not the empty name
    folded: Any = models.CharField(max_length=20, db_collation="NOCASE")
    uid: Any = models.UUIDField(null=True)
    size: Any = models.IntegerField(null=True)
    amount: Any = models.DecimalField(max_digits=4, decimal_places=2)
    data: Any = models.BinaryField(null=True)

    class Meta:
        """The application that it belongs to."""

        app_label = "tests"

    def __str__(self) -> str:
        return str(self.pk)


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for documents."""
    file = tmp_path / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(file)


def columns_of(guard: Guard, **attributes: str) -> Columns:
    """The columns of a document."""
    return map_columns(guard, Keyed, surface="docs", workspace="space_id", attributes=attributes)


def test_keys_that_are_no_texts(guard: Guard) -> None:
    """The key of another table is compared as the text that it stands for, in lists and in checks."""
    columns = columns_of(guard, owner="owner", size="size", data="data")
    columns.verify()
    with connections["default"].schema_editor() as editor:
        editor.create_model(Space)
        editor.create_model(Keyed)
    try:
        for space in (7, 8):
            Space.objects.create(pk=space)
            for owner in ("red", "Red", None):
                Keyed.objects.create(space_id=space, owner=owner, folded="x", amount=1, data=b"x")
        found = list(permitted(Keyed.objects.all(), KEY, "docs:read"))
        assert [(row.space_id, row.owner) for row in found] == [(7, "red")]
        assert guard.check(KEY, "docs:read", found[0])
        only = Principal.api_key("k", workspace="7", scopes=f"docs:read/{found[0].pk}", attributes={"team": "red"})
        assert list(permitted(Keyed.objects.order_by("pk"), only, "docs:read")) == found
        assert not permitted(Keyed.objects.exclude(pk=found[0].pk), only, "docs:read").exists()
        # The other rows of the negation have a value: those that have none are in neither.
        where = columns.permitted(KEY, "docs:read").where
        assert [row.owner for row in Keyed.objects.filter(space_id=7).exclude(where)] == ["Red"]
        nobody = Principal.api_key("k", workspace="7", scopes="", attributes={"team": "red"})
        assert not permitted(Keyed.objects.all(), nobody, "docs:read").exists()
        with pytest.raises(AccessDenied):
            columns.permitted(nobody, "docs:read").authorize()
    finally:
        with connections["default"].schema_editor() as editor:
            editor.delete_model(Keyed)
            editor.delete_model(Space)


@pytest.mark.parametrize(
    ("attributes", "error", "why"),
    [
        ({"owner": "folded"}, CannotFilter, 'collation "NOCASE" may take different texts'),
        ({"ratio": "amount"}, CannotFilter, "a DecimalField does not hold what is declared as double"),
        ({"size": "owner"}, CannotFilter, "a CharField does not hold what is declared as int"),
        ({"tags": "owner"}, CannotFilter, "does not hold what is declared as list"),
        ({"owner": "space"}, RequestError, 'what holds "owner" is the key space_id, and no object'),
        ({"owner": "nobody"}, RequestError, "Keyed has no field nobody"),
        ({"owners": "owner"}, RequestError, 'no attribute "owners" of docs in the catalog; did you mean "owner"'),
    ],
)
def test_fields_that_hold_something_else(
    guard: Guard, attributes: dict[str, str], error: type[Exception], why: str
) -> None:
    """Are refused where they are mapped."""
    with pytest.raises(error, match=why):
        columns_of(guard, **attributes)


def test_a_model_that_is_not_mapped() -> None:
    """Is told."""
    with pytest.raises(RequestError, match="the columns of Space are not mapped; call map_columns once"):
        permitted(Space.objects.all(), KEY, "docs:read")


def test_other_databases_are_refused(guard: Guard) -> None:
    """Their comparisons are not known."""

    class Elsewhere:
        vendor = "mysql"

    where: Any = columns_of(guard, owner="owner").permitted(KEY, "docs:read").where
    with pytest.raises(CannotFilter, match="no list is made by mysql"):
        where.as_sql(None, Elsewhere())
