"""The application for INSTALLED_APPS, which has the system checks."""

from django.apps import AppConfig
from django.core.checks import register

from scopeguard.integrations.django.checks import check_views


class ScopeguardConfig(AppConfig):
    """Registers the checks; there are no models."""

    name = "scopeguard.integrations.django"
    label = "scopeguard"

    def ready(self) -> None:
        """Register the checks."""
        register(check_views, "security")
