"""Keys in a table of a Django project. Needs the extra ``django``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from scopeguard import RequestError, ScopeguardError
from scopeguard.keys.records import CHANGED, FIELDS, StoredKey

try:
    from asgiref.sync import sync_to_async
    from django.conf import settings
    from django.db import IntegrityError, models, transaction
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"django", "asgiref"}:
        raise
    needed = "scopeguard.keys.django needs its extra: pip install 'scopeguard-authz[django]'"
    raise ModuleNotFoundError(needed, name="django") from None


class KeyModel(models.Model):
    """The fields of a model of keys, for one of the project's that may have more of its own."""

    id: "models.CharField[str, str]" = models.CharField(max_length=32, primary_key=True)
    workspace: "models.CharField[str, str]" = models.CharField(max_length=255, db_index=True)
    scopes: "models.TextField[str, str]" = models.TextField()
    digest: "models.CharField[str, str]" = models.CharField(max_length=128)
    created_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField()
    owner: "models.CharField[str | None, str | None]" = models.CharField(max_length=255, null=True, db_index=True)  # noqa: DJ001  # nobody is not the empty name
    name: "models.CharField[str | None, str | None]" = models.CharField(max_length=200, null=True)  # noqa: DJ001  # as above
    environment: "models.CharField[str | None, str | None]" = models.CharField(max_length=16, null=True)  # noqa: DJ001  # as above
    not_before: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(null=True)
    expires_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(null=True)
    revoked_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(null=True)
    leaked_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(null=True)
    ip_allow: "models.TextField[str | None, str | None]" = models.TextField(null=True)  # noqa: DJ001  # any address is not none
    rotated_to: "models.CharField[str | None, str | None]" = models.CharField(max_length=32, null=True)  # noqa: DJ001  # as above
    rotated_from: "models.CharField[str | None, str | None]" = models.CharField(max_length=32, null=True)  # noqa: DJ001  # as above
    last_used_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(null=True)
    version: "models.IntegerField[int, int]" = models.IntegerField()

    class Meta:
        """The table is the project's."""

        abstract = True

    def __str__(self) -> str:
        return str(self.id)


class GenerationModel(models.Model):
    """The fields of a model with one row that a cache looks at."""

    id: "models.IntegerField[int, int]" = models.IntegerField(primary_key=True)
    value: "models.IntegerField[int, int]" = models.IntegerField()

    class Meta:
        """The table is the project's."""

        abstract = True

    def __str__(self) -> str:
        return str(self.value)


class DjangoStore:
    """Keys in the table of *model*, a model that inherits from :class:`KeyModel`, in the database *using*.

    *generation*, a model that inherits from :class:`GenerationModel`, is needed with a cache only. Raises RequestError
    where the project does not keep times with their zone (``USE_TZ``).
    """

    def __init__(
        self, model: type[KeyModel], *, generation: type[GenerationModel] | None = None, using: str = "default"
    ) -> None:
        if not settings.USE_TZ:
            raise RequestError("keys have times with a zone: set USE_TZ in the settings")
        self._rows: Final[Any] = model._base_manager.using(using)  # noqa: SLF001  # the public name of Django for it
        self._generation: Final[Any] = None if generation is None else generation._base_manager.using(using)  # noqa: SLF001
        self._using: Final = using

    def get(self, id: str) -> StoredKey | None:
        """As ``KeyStore.get``."""
        row = self._rows.filter(id=id).values(*FIELDS).first()
        return None if row is None else _key(row)

    def add(self, key: StoredKey) -> bool:
        """As ``KeyStore.add``."""
        try:
            with transaction.atomic(using=self._using):
                self._rows.create(**_values(key))
        except IntegrityError:
            # Another constraint of the project's is no reason to draw another id.
            if self.get(key.id) is None:
                raise
            return False
        return True

    def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """As ``KeyStore.update``."""
        with transaction.atomic(using=self._using):
            before = self._rows.filter(id=key.id, version=key.version - 1)
            if before.update(**{name: getattr(key, name) for name in CHANGED}) != 1:
                return False
            if successor is not None:
                self._rows.create(**_values(successor))
            if self._generation is not None:
                self._generation.get_or_create(id=1, defaults={"value": 0})
                self._generation.filter(id=1).update(value=models.F("value") + 1)
        return True

    def rehash(self, id: str, old: str, new: str) -> None:
        """As ``KeyStore.rehash``."""
        self._rows.filter(id=id, digest=old).update(digest=new)

    def of_workspace(self, workspace: str) -> Sequence[StoredKey]:
        """As ``KeyStore.of_workspace``."""
        rows = self._rows.filter(workspace=workspace).order_by("created_at", "id").values(*FIELDS)
        return [_key(row) for row in rows]

    def touch(self, uses: Mapping[str, datetime]) -> None:
        """As ``KeyStore.touch``."""
        with transaction.atomic(using=self._using):
            # In one order for all processes, so that none waits for another in a circle.
            for key_id, used_at in sorted(uses.items()):
                self._rows.filter(id=key_id).update(last_used_at=used_at)

    def generation(self) -> int:
        """As ``KeyStore.generation``."""
        if self._generation is None:
            raise ScopeguardError("a cache needs a generation: make the store with generation=")
        return self._generation.filter(id=1).values_list("value", flat=True).first() or 0


class AsyncDjangoStore:
    """As :class:`DjangoStore`, to await: each method runs where Django runs what is not asynchronous."""

    def __init__(self, store: DjangoStore) -> None:
        self._store: Final = store

    async def get(self, id: str) -> StoredKey | None:
        """As ``KeyStore.get``."""
        return await sync_to_async(self._store.get)(id)

    async def add(self, key: StoredKey) -> bool:
        """As ``KeyStore.add``."""
        return await sync_to_async(self._store.add)(key)

    async def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """As ``KeyStore.update``."""
        return await sync_to_async(self._store.update)(key, successor)

    async def rehash(self, id: str, old: str, new: str) -> None:
        """As ``KeyStore.rehash``."""
        await sync_to_async(self._store.rehash)(id, old, new)

    async def of_workspace(self, workspace: str) -> Sequence[StoredKey]:
        """As ``KeyStore.of_workspace``."""
        return await sync_to_async(self._store.of_workspace)(workspace)

    async def touch(self, uses: Mapping[str, datetime]) -> None:
        """As ``KeyStore.touch``."""
        await sync_to_async(self._store.touch)(uses)

    async def generation(self) -> int:
        """As ``KeyStore.generation``."""
        return await sync_to_async(self._store.generation)()


def _values(key: StoredKey) -> dict[str, Any]:
    values = {name: getattr(key, name) for name in FIELDS}
    values["ip_allow"] = None if key.ip_allow is None else " ".join(key.ip_allow)
    return values


def _key(row: Mapping[str, Any]) -> StoredKey:
    networks = row["ip_allow"]
    return StoredKey(**{**row, "ip_allow": None if networks is None else tuple(networks.split())})
