"""How Alembic reaches the database: by the connection that ``account.database.migrate`` hands over."""

from account.models import Base
from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
