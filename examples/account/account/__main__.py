"""``python -m account``: bring the database up to date, fill an empty one, and serve."""

import os

import uvicorn

from account.app import create_app
from account.configuration import Configuration
from account.database import connect, migrate
from account.seed import PASSWORD, fill


def main() -> None:
    """Serve on the loopback interface."""
    configuration = Configuration.of()
    sessions = connect(configuration.database_url)
    migrate(sessions.kw["bind"])
    sessions.kw["bind"].dispose()
    app = create_app(configuration)
    port = int(os.environ.get("ACCOUNT_PORT", "8000"))
    if configuration.is_demo:
        for seeded in fill(app.state.account):
            for scopes, secret in seeded.secrets.items():
                print(f"a key of {seeded.workspace} with {scopes}: {secret}")
        print(f"http://localhost:{port}  owner@acme.example, viewer@acme.example and so on; password: {PASSWORD}")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
