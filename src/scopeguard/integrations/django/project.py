"""The project as an application that ``scopeguard routes`` can look at."""

import django
from django.core.exceptions import ImproperlyConfigured

from scopeguard import RequestError
from scopeguard.http import describe_app
from scopeguard.integrations.django.configuration import configured
from scopeguard.integrations.django.routes import routes


class Project:
    """The views of a project, without a server."""


def project() -> Project:
    """The project of ``DJANGO_SETTINGS_MODULE``, set up. Raises RequestError where its settings are incomplete."""
    found = Project()
    try:
        django.setup()
        describe_app(found, configured().guard, routes)
    except ImproperlyConfigured as error:
        raise RequestError(str(error)) from None
    return found
