"""The account as its tests see it: requests of keys and of members, and workspaces of their own."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from account.app import create_app
from account.configuration import Configuration
from account.database import connect, migrate
from account.guarding import COOKIE, DASHBOARD, Account
from account.models import now
from account.seed import PASSWORD, Seeded, make_workspace
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from scopeguard import Context, Principal

HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Of the password of every member, as cheap as it gets."""
ROLES = ("owner", "admin", "developer", "billing", "compliance", "viewer")
TABS = ("general", "members", "api_keys", "providers", "sso", "privacy", "compliance", "audit")
PANELS = ("wallet", "usage", "payment_methods", "top_ups", "auto_recharge")


class Member:
    """Somebody who has signed in."""

    def __init__(self, client: TestClient, email: str, *, sso: bool = False) -> None:
        self._client = client
        fields = {"email": email, "password": PASSWORD, "sso": str(sso).lower()}
        answer = client.post("/sign-in", data=fields, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.cookie = f"{COOKIE}={answer.cookies[COOKIE]}"
        client.cookies.clear()
        self._csrf = ""

    @property
    def csrf(self) -> str:
        """What the forms of its pages carry."""
        if not self._csrf:
            self.get("/settings")
        assert self._csrf
        return self._csrf

    def get(self, path: str, accept: str = "text/html") -> Any:
        """A page."""
        answer = self._client.get(path, headers={"cookie": self.cookie, "accept": accept})
        if found := re.search(r'name="csrf" value="([^"]+)"', answer.text):
            self._csrf = found[1]
        return answer

    def post(self, path: str, accept: str = "application/json", **fields: Any) -> Any:
        """A form, as its page sends it."""
        headers = {"cookie": self.cookie, "accept": accept}
        data = {"csrf": self.csrf, **fields}
        return self._client.post(path, data=data, headers=headers, follow_redirects=False)

    def states(self, path: str = "/settings") -> dict[str, str]:
        """The entries of a page with their states, in the order of the page."""
        return dict(re.findall(r'data-(?:tab|panel)="(\w+)" data-state="(\w+)"', self.get(path).text))


class House:
    """A workspace of a test's own, in a service that others use too."""

    def __init__(self, account: Account, client: TestClient, seeded: Seeded) -> None:
        self.account = account
        self.client = client
        self.seeded = seeded
        self.id = seeded.workspace
        self.records = seeded.records
        self._members: dict[str, Member] = {}

    def member(self, role: str, *, sso: bool = False) -> Member:
        """The member with a role, signed in."""
        if sso:
            return Member(self.client, self.seeded.email(role), sso=True)
        if role not in self._members:
            self._members[role] = Member(self.client, self.seeded.email(role))
        return self._members[role]

    def key(self, scopes: str) -> str:
        """A new key with *scopes*, made by the owner."""
        owner = Principal.member(self.seeded.user("owner"), workspace=self.id, roles=["owner"])
        context = Context(DASHBOARD, now=now())
        return self.account.keys.issue(self.account.guard, owner, scopes, context, name="of a test").secret

    def api(self, method: str, path: str, key: str = "", **more: Any) -> Any:
        """A request of a server."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)

    @contextmanager
    def db(self) -> Iterator[Session]:
        """The database, for what only time or a provider brings about."""
        with self.account.sessions.begin() as session:
            yield session

    def used(self, meter: str) -> int:
        """What Billing shows as used of a meter."""
        found = re.search(
            rf'data-meter="{meter}"><td>[^<]*</td><td>(\d+)</td>', self.member("owner").get("/billing").text
        )
        assert found is not None
        return int(found[1])

    def used_of_all(self) -> dict[str, int]:
        """The same of every meter."""
        page = self.member("owner").get("/billing").text
        return {
            meter: int(used) for meter, used in re.findall(r'data-meter="(\w+)"><td>[^<]*</td><td>(\d+)</td>', page)
        }


def make_app(folder: Path, url: str) -> FastAPI:
    """The application, on a database that is brought up to date."""
    configuration = Configuration.of({
        "ACCOUNT_DATA": str(folder), "ACCOUNT_DATABASE_URL": url, "ACCOUNT_SECRET": "a secret of the tests alone, and long",
    })  # fmt: skip
    sessions = connect(url)
    migrate(sessions.kw["bind"])
    sessions.kw["bind"].dispose()
    return create_app(configuration)


def make_house(app: FastAPI, client: TestClient, number: int) -> House:
    """A workspace that nobody else uses."""
    account: Account = app.state.account
    return House(account, client, make_workspace(account, f"w{number}", HASH, with_keys=False))


def text_of(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def in_minutes(minutes: int) -> Any:
    """A time from now."""
    return now() + timedelta(minutes=minutes)
