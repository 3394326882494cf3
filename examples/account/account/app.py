"""The application: everything put together, closed, and with the headers that keep a browser from doing more."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Depends, FastAPI, HTTPException
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from account.answers import HANDLERS
from account.api import api
from account.billing_pages import billing_pages
from account.configuration import Configuration
from account.database import connect, db_of
from account.demo import demo_pages
from account.guarding import Account, make_account
from account.pages import HERE
from account.product_pages import product_pages
from account.settings_pages import settings_pages
from account.signing_in import sign_in_routes
from scopeguard.reloading import Reloader

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
MOST_BYTES: Final = 1_000_000
"""Of a body."""


def create_app(configuration: Configuration) -> FastAPI:
    """The application on the database of *configuration*, which is migrated already."""
    account = make_account(configuration, connect(configuration.database_url))
    app = FastAPI(
        title="account", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=_lifespan,
        dependencies=[Depends(db_of)],
    )  # fmt: skip
    app.state.account = account
    routers = [sign_in_routes(account), settings_pages(account), billing_pages(account), product_pages(account)]
    if configuration.is_demo:
        routers.append(demo_pages(account))
    # On the application itself, and before the others: a router that is included takes its time to find a route.
    api(app.router, account)
    for router in routers:
        app.include_router(router)
    home, is_public = (lambda: RedirectResponse("/settings", 303)), [account.authz.public]
    app.add_api_route("/", home, dependencies=is_public, include_in_schema=False)
    app.mount("/static", account.authz.public_app(StaticFiles(directory=HERE / "static")))
    account.authz.install(app)
    for kind, answer in HANDLERS.items():
        app.add_exception_handler(kind, answer)
    app.add_middleware(Headers)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    account: Account = app.state.account
    with Reloader(account.guard):
        yield
    account.keys.write_uses()
    account.log.close()
    account.sessions.kw["bind"].dispose()


class Headers:
    """Middleware that bounds every body, and adds the headers of every answer; what is no file is stored nowhere."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app: Final = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        """Serve one request."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        read = 0

        async def bounded() -> Any:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, bounded, with_headers)
