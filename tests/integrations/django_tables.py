"""Models of Django for listings."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connections, models

from scopeguard import Context, Guard, Principal
from tests.conformance.filters import TYPES
from tests.django_project import configured
from tests.row_packs import COLUMNS

configured()

from scopeguard.integrations.django import Columns, map_columns, permitted  # noqa: E402  # once there are settings

FIELDS: Mapping[str, Any] = {
    "string": models.TextField, "int": models.BigIntegerField, "double": models.FloatField, "bool": models.BooleanField,
    "timestamp": models.DateTimeField, "list(string)": models.JSONField,
}  # fmt: skip


def table(name: str, columns: Mapping[str, str]) -> Any:
    """A model with the fields of some types."""
    body: dict[str, Any] = {each: FIELDS[kind](null=True) for each, kind in columns.items()}
    meta = type("Meta", (), {"app_label": "tests"})
    keys: dict[str, Any] = {"id": models.TextField(primary_key=True), "workspace": models.TextField(null=True)}
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **keys, **body})


Doc = table("ListedDoc", COLUMNS)
Case = table("ListedCase", TYPES)


class Store:
    """A database with the table of one model."""

    def __init__(self, alias: str, model: Any, columns: Mapping[str, str]) -> None:
        self.alias = alias
        self.model = model
        self.columns = columns
        self.mapped: tuple[Guard, Columns] | None = None
        connection = connections[alias]
        with connection.schema_editor() as editor:
            if model._meta.db_table not in connection.introspection.table_names():
                editor.create_model(model)

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Only these rows."""
        manager = self.model.objects.using(self.alias)
        manager.all().delete()
        manager.bulk_create([self.model(**{name: _listed(value) for name, value in row.items()}) for row in rows])

    def ask(self, guard: Guard, who: Principal, action: str, context: Context) -> set[str]:
        """The ids of the rows that pass."""
        if self.mapped is None or self.mapped[0] is not guard:
            attributes = {name: name for name in self.columns}
            columns = map_columns(guard, self.model, surface="docs", workspace="workspace", attributes=attributes)
            self.mapped = guard, columns
        rows = permitted(self.model.objects.using(self.alias), who, action, context)
        return set(rows.values_list("id", flat=True))


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
