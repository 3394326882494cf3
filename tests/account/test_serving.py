"""``python -m account`` on an empty folder: tables, sample data, and a service that answers."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from account.configuration import Configuration

ROOT = Path(__file__).resolve().parents[2]


def answered(request: urllib.request.Request) -> bytes:
    """The answer, once somebody listens."""
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # of this very test
                return bytes(answer.read())
        except urllib.error.URLError:
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.mark.slow
def test_it_serves_from_nothing(tmp_path: Path) -> None:
    """It says where, how to sign in, and which keys there are; a key of it works, and it ends when it is told to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "ACCOUNT_DATA": str(tmp_path), "ACCOUNT_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    environment["PYTHONPATH"] = str(ROOT / "examples/account")
    environment.pop("ACCOUNT_DATABASE_URL", None)
    with subprocess.Popen(
        [sys.executable, "-m", "account"], env=environment, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        keys = {}
        while (line := served.stdout.readline()).startswith("a key of acme"):
            scopes, key = re.fullmatch(r"a key of acme with (.*): (\S+)\n", line).groups()  # type: ignore[union-attr]
            keys[scopes] = key
        while not line.startswith("http"):
            line = served.stdout.readline()
        assert line.startswith(f"http://localhost:{port} ")
        request = urllib.request.Request(  # of this very test
            f"http://127.0.0.1:{port}/api/agents", headers={"Authorization": f"Bearer {keys['workspace:read']}"}
        )
        assert b"Front desk" in answered(request)
        served.send_signal(signal.SIGINT)
        served.wait(20)
    assert {each.name for each in tmp_path.iterdir()} >= {"secret", "account.sqlite", "decisions"}
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_a_secret_that_is_too_short_is_refused(tmp_path: Path) -> None:
    """And the repr of a configuration shows none."""
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Configuration.of({"ACCOUNT_DATA": str(tmp_path), "ACCOUNT_SECRET": "short"})
    made = Configuration.of({"ACCOUNT_DATA": str(tmp_path)})
    assert Configuration.of({"ACCOUNT_DATA": str(tmp_path)}) == made
    assert made.secret.decode() not in repr(made)
    assert made.derived("one") != made.derived("other")
