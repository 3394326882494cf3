"""The tables that Alembic makes are those that the classes say."""

from account.models import Base
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi import FastAPI


def test_migrations_make_what_the_classes_say(app: FastAPI) -> None:
    """On each database, indexes and lengths too."""
    with app.state.account.sessions.kw["bind"].connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
