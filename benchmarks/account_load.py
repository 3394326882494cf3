"""The example account under load: how long requests take, and the share of the time that is spent in scopeguard.

``make bench-account``, or with ``examples/account`` in the path ``python -m benchmarks.account_load``, with ``--rate``
and ``--seconds``. One process serves, on SQLite and loopback; this one sends, at a fixed rate whatever the answers take
(an open loop), so that a request that waits makes others late too. Time is counted from when a request was due. The
share is that of the CPU time of the serving process.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time_ns, sleep, thread_time_ns
from typing import Any

import uvicorn
from account.app import create_app
from account.configuration import Configuration
from account.database import connect, migrate
from account.models import Allowance
from account.seed import fill
from sqlalchemy import update

from scopeguard import Guard
from scopeguard.integrations.sqlalchemy import Columns
from scopeguard.keys.hashing import Peppers

ROOT = Path(__file__).resolve().parents[1]
SERVE = "serve"
CONNECTIONS = 32
WARM_SECONDS = 2
MIX = (
    ("GET", "/api/agents", "workspace:write"),
    ("GET", "/api/agents/{agent}", "workspace:write"),
    ("GET", "/api/conversations/{conversation}", "workspace:read"),
    ("POST", "/api/sessions/{session}/messages", "workspace:write"),
    ("GET", "/api/collected_data", "workspace:read"),
)
"""A list, a row, one with what comes along, one that is metered, and one that is denied."""
EXPECTED = {200, 403, 503}
"""The last is what overload is answered with."""


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args([each for each in sys.argv[1:] if each != SERVE])
    if SERVE in sys.argv:
        serve()
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ACCOUNT_DATA": folder, "PYTHONPATH": f"{ROOT}:{ROOT / 'examples/account'}"}
        command = [sys.executable, "-m", "benchmarks.account_load", SERVE]
        with subprocess.Popen(  # noqa: S603  # this very program
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            assert server.stdin is not None
            said = json.loads(server.stdout.readline())
            requests = [each.encode() for each in said["requests"]]
            asyncio.run(load(said["port"], requests, options.rate, WARM_SECONDS))
            server.stdin.write("begin\n")
            server.stdin.flush()
            late, statuses = asyncio.run(load(said["port"], requests, options.rate, options.seconds))
            server.stdin.close()
            share = server.stdout.read().strip()
    late.sort()
    assert set(statuses) <= EXPECTED, statuses
    print(f"{len(late)} requests in {options.seconds:.0f} s, {options.rate} a second; answers: {dict(statuses)}")
    print("  ".join(f"p{share} {late[int(len(late) * share / 100) - 1] * 1000:.1f} ms" for share in (50, 90, 99, 100)))
    print(share)


def serve() -> None:
    """Serve with clocks around what scopeguard is asked; print where, and at the end the share."""
    configuration = Configuration.of()
    sessions = connect(configuration.database_url)
    migrate(sessions.kw["bind"])
    app = create_app(configuration)
    seeded = fill(app.state.account)[0]
    with sessions.begin() as db:
        db.execute(update(Allowance).values(limit=None))
    spent = [0]
    for kind, names in (
        (Guard, ("authorize", "filter", "classify")),
        (Columns, ("where",)),
        (Peppers, ("candidate", "is_same")),
    ):
        for name in names:
            setattr(kind, name, clocked(getattr(kind, name), spent))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    while not server.started:
        sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    requests = [
        f"{method} {path.format(**seeded.records)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
        f"Authorization: Bearer {seeded.secrets[scopes]}\r\n\r\n"
        for method, path, scopes in MIX
    ]
    print(json.dumps({"port": port, "requests": requests}), flush=True)
    sys.stdin.readline()
    before, spent[0] = process_time_ns(), 0
    sys.stdin.read()
    whole = process_time_ns() - before
    server.should_exit = True
    running.join()
    print(f"{whole / 1e9:.1f} s of CPU, {spent[0] / whole:.1%} of it in scopeguard")


def clocked(function: Callable[..., Any], spent: list[int]) -> Callable[..., Any]:
    """*function*, with its CPU time added up. None of those that are clocked calls another one."""

    def timed(*arguments: Any, **named: Any) -> Any:
        started = thread_time_ns()
        try:
            return function(*arguments, **named)
        finally:
            spent[0] += thread_time_ns() - started

    return timed


async def load(port: int, requests: list[bytes], rate: int, seconds: float) -> tuple[list[float], Counter[int]]:
    """How long each request took from when it was due, and the statuses."""
    late: list[float] = []
    statuses: Counter[int] = Counter()
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (each := await due.get()) is not None:
            writer.write(each[1])
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
            late.append(perf_counter() - each[0])
            statuses[int(head[9:12])] += 1
        writer.close()

    workers = [asyncio.create_task(connection()) for _ in range(CONNECTIONS)]
    started = perf_counter()
    for number in range(int(rate * seconds)):
        at = started + number / rate
        await asyncio.sleep(max(0.0, at - perf_counter()))
        due.put_nowait((at, requests[number % len(requests)]))
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    return late, statuses


if __name__ == "__main__":
    main()
