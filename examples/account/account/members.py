"""Members: what is asked about a change is asked again in the transaction that makes it, with the workspace locked."""

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from account.guarding import Account, MemberChange, read_facts
from account.metering import give_back, metered
from account.models import Membership, User, Workspace, new_id, now
from scopeguard.integrations.fastapi import Access, NotFound

OWNER: Final = "owner"
NO_PASSWORD: Final = "!"  # noqa: S105  # none
"""Nobody signs in with it: what is stored of a password never looks so."""


def invite(account: Account, db: Session, access: Access, email: str, role: str) -> None:
    """Give somebody access, which takes a seat. Raises AccessDenied."""
    workspace = access.principal.workspace or ""
    with metered(account, db, access, "members.invite", MemberChange(workspace, new_role=role)):
        user = db.scalar(select(User).where(User.email == email))
        if user is None:
            user = User(id=new_id("usr"), email=email, name=email.partition("@")[0], password_hash=NO_PASSWORD)
            db.add(user)
            db.flush()
        db.add(Membership(workspace_id=workspace, user_id=user.id, role=role))
        if role == OWNER:
            db.get_one(Workspace, workspace).ownership_changed_at = now()


def change(account: Account, db: Session, access: Access, action: str, user_id: str, role: str | None = None) -> None:
    """Assign a role, suspend or reinstate, or remove. Raises AccessDenied, and NotFound for whom nobody knows."""
    db.rollback()
    workspace = access.principal.workspace or ""
    # Whoever changes members of the same workspace waits here, so that two owners who demote each other leave one.
    db.execute(update(Workspace).where(Workspace.id == workspace).values(version=Workspace.version + 1))
    row = db.get_one(Workspace, workspace, populate_existing=True)
    member = db.get(Membership, (workspace, user_id), populate_existing=True)
    if member is None:
        raise NotFound
    about = MemberChange(workspace, user_id, member.role, role)
    needed = account.guard.facts_for(action, environment=access.context.environment)
    access.authorize(action, about, facts=read_facts(db, needed, access, about))
    if (member.role == OWNER) != (role == OWNER):
        row.ownership_changed_at = now()
    member.changed_at = now()
    match action:
        case "members.assign_role" if role is not None:
            member.role = role
        case "members.suspend":
            member.suspended = not member.suspended
        case "members.remove":
            db.delete(member)
            give_back(account, db, workspace, "members.invite")
    db.commit()
