"""What a request costs the database: statements that are counted, and no connection that is kept."""

import pytest
from sqlalchemy import event

from tests.account.service import House

MESSAGE = "/api/sessions/{session}/messages"
COSTS = [
    ("GET", "/api/agents", "agents:read", 200, 2),
    ("GET", "/api/agents/{agent}", "agents:read", 200, 2),
    ("GET", "/api/conversations/{conversation}", "conversations:read", 200, 2),
    ("GET", "/api/collected_data", "agents:read", 403, 1),
    ("POST", MESSAGE, "sessions:write", 200, 13),
]
"""A key and what is asked about; to reserve and to count nine more, of which one locks and one reads all facts.

One more locks the row that is changed.
"""


@pytest.mark.parametrize(("method", "path", "scopes", "status", "most"), COSTS)
def test_what_a_request_asks_the_database(
    house: House, method: str, path: str, scopes: str, status: int, most: int
) -> None:
    """No row is read twice but for what is asked again under a lock."""
    engine = house.account.sessions.kw["bind"]
    key, asked = house.key(scopes), []

    def count(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    assert house.api(method, path.format(**house.records), key).status_code == status
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert house.api(method, path.format(**house.records), key).status_code == status
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(asked) <= most, "\n".join(asked)
    assert engine.pool.checkedout() == 0
