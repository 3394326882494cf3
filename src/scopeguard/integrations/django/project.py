"""The project as an application that ``scopeguard routes`` can look at."""

import django

from scopeguard.http import describe_app
from scopeguard.integrations.django.configuration import configured
from scopeguard.integrations.django.routes import routes


class Project:
    """The views of a project, without a server."""


def project() -> Project:
    """The project of ``DJANGO_SETTINGS_MODULE``, set up. Raises ImproperlyConfigured."""
    django.setup()
    found = Project()
    describe_app(found, configured().guard, routes)
    return found
