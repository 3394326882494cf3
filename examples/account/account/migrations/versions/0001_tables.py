"""All tables of the account."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def column(name: str, kind: Any, *, of: str | None = None, key: bool = False, null: bool = False, **more: Any) -> Any:
    """A column: *of* another table's, or part of the *key*."""
    parents = [] if of is None else [sa.ForeignKey(of)]
    return sa.Column(name, kind, *parents, primary_key=key, nullable=null, **more)


def text(name: str, length: int | None = None, **more: Any) -> Any:
    """A text of at most some length."""
    return column(name, sa.Text() if length is None else sa.String(length), **more)


whole, big, flag, json, blob, moment = (
    partial(column, kind=kind)
    for kind in (sa.Integer(), sa.BigInteger(), sa.Boolean(), sa.JSON(), sa.LargeBinary(), sa.DateTime(timezone=True))
)


# A table is easier to compare with its class where it stands in a few lines.
# fmt: off
def upgrade() -> None:
    """Make them."""
    op.create_table(
        "api_keys", moment("suspected_at", null=True), text("id", 32, key=True), text("workspace", 255, index=True),
        text("scopes"), text("digest", 128), moment("created_at"), text("owner", 255, index=True, null=True),
        text("name", 200, null=True), text("environment", 16, null=True), moment("not_before", null=True),
        moment("expires_at", null=True), moment("revoked_at", null=True), moment("leaked_at", null=True),
        text("ip_allow", null=True), text("rotated_to", 32, null=True), text("rotated_from", 32, null=True),
        moment("last_used_at", null=True), whole("version"),
    )
    op.create_table("prices", text("meter", 64, key=True), whole("cents"), whole("units_per_top_up"))
    op.create_table(
        "users", text("id", 64, key=True), text("email", 254, unique=True), text("name", 200), text("password_hash"),
        whole("failures"), moment("locked_until", null=True),
    )
    op.create_table(
        "workspaces", text("id", 64, key=True), text("name", 200), json("body"), moment("created_at"),
        whole("version"), flag("sso_available"), flag("sso_required"), whole("retention_days"),
        text("payment_status", 16), moment("grace_until", null=True), moment("ownership_changed_at", null=True),
    )
    op.create_table(
        "allowances", text("workspace_id", 64, of="workspaces.id", key=True), text("meter", 64, key=True),
        whole("limit", null=True), whole("used"), text("kind", 8), moment("resets_at", null=True),
        whole("period_days", null=True),
    )
    op.create_table(
        "exports", text("id", 64, key=True), text("workspace_id", 64, of="workspaces.id", index=True),
        moment("created_at"), text("requested_by", 64), text("what", 200),
    )
    op.create_table(
        "memberships", text("workspace_id", 64, of="workspaces.id", key=True),
        text("user_id", 64, of="users.id", key=True), text("role", 64), flag("suspended"), moment("changed_at"),
    )
    op.create_table(
        "payment_methods", text("workspace_id", 64, of="workspaces.id", key=True), text("label", 100),
        flag("declines"),
    )
    op.create_table(
        "provider_credentials", text("workspace_id", 64, of="workspaces.id", key=True), text("kind", 32, key=True),
        blob("ciphertext"), text("status", 16), moment("rotated_at"),
    )
    op.create_table(
        "records", text("id", 64, key=True), text("workspace_id", 64, of="workspaces.id", index=True),
        text("surface", 64, index=True), text("agent", 64, null=True), text("about", 64, index=True, null=True),
        text("environment", 16), text("name", 200), json("body"), moment("created_at"),
        text("token_digest", 64, index=True, null=True), moment("expires_at", null=True),
    )
    op.create_table(
        "reservations", text("id", 64, key=True), text("workspace_id", 64, of="workspaces.id", index=True),
        text("meter", 64), whole("quantity"), moment("expires_at"),
    )
    op.create_table(
        "sign_ins", text("digest", 64, key=True), text("user_id", 64, of="users.id"),
        text("workspace_id", 64, of="workspaces.id"), flag("sso"), text("csrf", 64), json("notices"),
        moment("expires_at"),
    )
    op.create_table(
        "top_ups", text("id", 64, key=True), text("workspace_id", 64, of="workspaces.id", index=True),
        moment("created_at"), big("cents"), flag("is_paid"), flag("is_automatic"),
    )
    op.create_table(
        "usage_records", text("id", 64, key=True), text("workspace_id", 64, of="workspaces.id", index=True),
        moment("created_at"), text("name", 200), json("body"), text("meter", 64, null=True), whole("quantity"),
    )
    op.create_table(
        "wallets", text("workspace_id", 64, of="workspaces.id", key=True), big("cents"), big("low_cents"),
        text("auto_recharge", 8), big("recharge_cents"), whole("grace_days"),
    )
# fmt: on
