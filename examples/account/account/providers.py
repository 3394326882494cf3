"""Provider credentials: encrypted at rest, never readable again, checked when they are stored."""

from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from account.guarding import Account
from account.models import ProviderCredential, now


def store(account: Account, db: Session, workspace: str, kind: str, secret: str) -> bool:
    """Store or rotate a credential; whether its provider accepts it. Whoever calls it commits."""
    ciphertext = Fernet(account.configuration.encryption_key).encrypt(secret.encode())
    is_ready = _accepted(secret)
    status = "ready" if is_ready else "invalid"
    db.merge(
        ProviderCredential(workspace_id=workspace, kind=kind, ciphertext=ciphertext, status=status, rotated_at=now())
    )
    return is_ready


def _accepted(secret: str) -> bool:
    """Asks the provider, who is made up here: one accepts all but what says that it is invalid."""
    return "invalid" not in secret
