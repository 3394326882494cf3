"""What all pages of the dashboard have: the tabs with their states, and notices."""

from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Depends, Request
from jinja2 import StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from account.database import Db
from account.guarding import COOKIE, DASHBOARD, account_of, context_of, digest, principal_of, read_facts
from account.models import Membership, SignIn, Workspace
from scopeguard import FactsNeeded
from scopeguard.http import Access, on_channel
from scopeguard.integrations.asgi import ledger_of

HERE: Final = Path(__file__).parent
TEMPLATES: Final = Jinja2Templates(HERE / "templates")
TEMPLATES.env.undefined = StrictUndefined
_OF_TABS: Final = FactsNeeded(names=("sso_available",))


class Page:
    """The pages of one request of a member."""

    def __init__(self, request: Request, access: Access, db: Session) -> None:
        self.access: Final = access
        self.db: Final = db
        self.workspace: Final = access.principal.workspace or ""
        self._request: Final = request
        self._session: Final = db.get(SignIn, digest(request.cookies.get(COOKIE, "")))

    def __call__(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page: *values* beside what all pages show. Whatever is on it stays in no cache."""
        guard, member = self.access.guard, self.access.principal
        context = self.access.with_facts(read_facts(self.db, _OF_TABS, self.access)).context
        session = self._session
        common = {
            "tabs": guard.settings_tabs(member, context),
            "panels": guard.billing_panels(member, context),
            "member": member,
            "csrf": "" if session is None else session.csrf,
            "notices": [] if session is None else session.notices,
            "workspaces": self._workspaces(),
            "path": self._request.url.path,
            "is_demo": account_of(self._request).configuration.is_demo,
        }
        if session is not None and session.notices:
            session.notices = []
            self.db.commit()
        return TEMPLATES.TemplateResponse(self._request, template, {**common, **values}, status)

    def back(self, path: str, *notices: str) -> Response:
        """The page to see after something was done, which says *notices*, and what the decision advises."""
        advice = [each.text or each.code for each in self.access.decision.advice]
        if self._session is not None:
            self._session.notices = [*notices, *dict.fromkeys(advice)]
            self.db.commit()
        return RedirectResponse(path, 303)

    def _workspaces(self) -> list[tuple[str, str, bool]]:
        mine = select(Workspace).join(Membership, Membership.workspace_id == Workspace.id)
        found = self.db.scalars(mine.where(Membership.user_id == self.access.principal.id).order_by(Workspace.id))
        return [(each.id, each.name, each.id == self.workspace) for each in found]


def page_of(request: Request, db: Db) -> Page:
    """The pages of a request, for whoever asks. It asks nothing itself."""
    context = on_channel(context_of(request), DASHBOARD)
    return Page(
        request, Access(account_of(request).guard, principal_of(request), context, ledger_of(request.scope)), db
    )


Pages: TypeAlias = Annotated[Page, Depends(page_of)]
