"""A PostgreSQL server of the tests' own: on loopback, in a folder of its own, never as root."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

PROGRAMS = ("initdb", "postgres")
HOST = "127.0.0.1"
PATIENCE = 60.0
"""Seconds within which a server has to answer."""


class Server(NamedTuple):
    """A running server, which trusts whoever comes from this machine."""

    port: int

    def url(self, driver: str = "psycopg", database: str = "postgres") -> str:
        """Where it is, as SQLAlchemy has it."""
        return f"postgresql+{driver}://tests@{HOST}:{self.port}/{database}"


def absent() -> list[str]:
    """The programs that this machine does not have."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as it is needed."""
    # PostgreSQL refuses to run as root.
    user = None if os.geteuid() else "nobody"
    initdb, postgres = map(shutil.which, PROGRAMS)
    assert initdb is not None
    assert postgres is not None
    folder = Path(tempfile.mkdtemp(prefix="scopeguard-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"
    try:
        made = subprocess.run(
            [initdb, "-D", data, "-U", "tests", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
            user=user, cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        with socket.socket() as free:
            free.bind((HOST, 0))
            port = free.getsockname()[1]
        with log.open("w", encoding="utf-8") as out:
            process = subprocess.Popen(
                [postgres, "-D", data, "-h", HOST, "-p", str(port), "-k", "", "-F"],
                user=user,
                cwd=folder,
                stdout=out,
                stderr=out,
            )
        try:
            _wait(process, port, log)
            yield Server(port)
        finally:
            # A fast shutdown, which waits for no client.
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while "ready to accept connections" not in log.read_text(encoding="utf-8"):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < until, f"PostgreSQL does not answer on port {port}"
        time.sleep(0.05)
