"""A Redis server of the tests' own, on loopback: the real one where it is installed, else one that speaks its protocol."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from fakeredis import TcpFakeServer

HOST = "127.0.0.1"
PATIENCE = 30.0
"""Seconds within which a server has to answer."""


@contextmanager
def running() -> Iterator[int]:
    """The port of a server, for as long as it is needed."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    program = shutil.which("redis-server")
    with _real(program, port) if program else _other(port):
        until = time.monotonic() + PATIENCE
        while True:
            with suppress(redis.ConnectionError), redis.Redis(HOST, port) as client:
                client.ping()
                break
            assert time.monotonic() < until, f"Redis does not answer on port {port}"
            time.sleep(0.05)
        yield port


@contextmanager
def _real(program: str, port: int) -> Iterator[None]:
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def _other(port: int) -> Iterator[None]:
    server = TcpFakeServer((HOST, port), server_type="redis")
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)
