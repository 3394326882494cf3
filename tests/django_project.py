"""A Django project of the tests': settings, and the models that no folder of migrations is needed for."""

from typing import Any

import django
from django.conf import settings


def configured(**databases: dict[str, Any]) -> None:
    """Configure Django once for a process of tests; *databases* are added to those that are known."""
    if not settings.configured:
        settings.configure(
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            INSTALLED_APPS=[
                "django.contrib.auth",
                "django.contrib.contenttypes",
                "rest_framework",
                "scopeguard.integrations.django",
            ],
            ALLOWED_HOSTS=["*"],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            ROOT_URLCONF=(),
            TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
            USE_TZ=True,
            SECRET_KEY="of the tests",
        )
        django.setup()
    from django.db import connections  # noqa: PLC0415  # once it is configured

    for name, database in databases.items():
        connections.databases[name] = connections.configure_settings({"default": {}, name: database})[name]
