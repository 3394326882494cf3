"""What a deployment says: from the environment, with defaults for a first look."""

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LEAST_SECRET = 32


@dataclass(frozen=True)
class Configuration:
    """Where things are kept, and the one secret that all others are derived from. The repr leaves the secret out."""

    database_url: str
    log_folder: Path
    secret: bytes = field(repr=False)
    policies: tuple[str, ...] = ()
    """Policy files on top of the default pack."""
    is_demo: bool = True
    """Whether recovery states can be brought about by a button, and the sign-in page names its accounts."""

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Configuration":
        """From variables of the environment. Raises ValueError for a secret that is too short."""
        folder = Path(environment.get("ACCOUNT_DATA", "account-data"))
        folder.mkdir(parents=True, exist_ok=True)
        secret = environment.get("ACCOUNT_SECRET", "").encode() or _kept_secret(folder / "secret")
        if len(secret) < _LEAST_SECRET:
            raise ValueError(f"ACCOUNT_SECRET must have at least {_LEAST_SECRET} bytes")
        return cls(
            database_url=environment.get("ACCOUNT_DATABASE_URL", f"sqlite:///{folder / 'account.sqlite'}"),
            log_folder=folder / "decisions",
            secret=secret,
            policies=tuple(environment.get("ACCOUNT_POLICIES", "").split()),
            is_demo=environment.get("ACCOUNT_DEMO", "1") == "1",
        )

    def derived(self, purpose: str) -> bytes:
        """A secret for one purpose: who learns it knows neither the others nor the one they come from."""
        return hmac.digest(self.secret, purpose.encode(), "sha256")

    @property
    def encryption_key(self) -> bytes:
        """The key of the provider credentials, as Fernet has it."""
        return urlsafe_b64encode(self.derived("provider credentials"))

    @property
    def gateway_token(self) -> str:
        """The bearer token of the host's own gateways for WhatsApp and voice."""
        return f"gateway_{self.derived('gateways').hex()}"


def _kept_secret(file: Path) -> bytes:
    """The secret of a first look, made once, and readable for nobody else."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(_LEAST_SECRET), encoding="ascii")
    return file.read_bytes()
