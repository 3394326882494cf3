"""W7: a guarded route of FastAPI beside the same route unguarded, asked over the loopback.

By keys that come again, as those of a service do, and by a population of which each comes once in a long while.
"""

import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import cycle, islice
from typing import NamedTuple

from benchmarks.handwritten import Circumstances, check_key
from benchmarks.population import keys
from benchmarks.starting import PROBES, environment
from benchmarks.timing import Figure, bounded, compare

RATE, P99, WORK = "endpoint, requests a second", "endpoint, 99 of 100 within", "endpoint, work of the server"
UNITS = {RATE: "/s", P99: "ms", WORK: "ns"}
KEYS = 20_000
AGAIN = 50
"""Keys that come again."""
IN_TURN = f", {KEYS:,} keys in turn"
NEEDED = ("fastapi", "uvicorn")
OPEN, GUARDED = "unguarded", "guarded"
ROUTES = {OPEN: "open", GUARDED: "guarded"}
CONNECTIONS = 16
REQUESTS = 2_000
"""Requests of a route in one round."""
WARM = 4_000
_LENGTH = re.compile(rb"(?i)content-length: (\d+)")


class Answer(NamedTuple):
    """The status of an answer and its body."""

    status: int
    body: bytes


def request(route: str, key: str, agent: str) -> bytes:
    """A request as it goes over the wire."""
    return f"GET /{route}/agents/{agent} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


def asked() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Keys with the agent that each asks about: those that may read it, and those that may not."""
    may: list[tuple[str, str]] = []
    may_not: list[tuple[str, str]] = []
    for name, workspace, held in keys(KEYS):
        narrowed = [each.partition("/")[2] for each in held.split() if each.startswith("agents:")]
        agent = next(filter(None, narrowed), "agt_1")
        code = check_key(workspace, held, "agents:read", agent, "", workspace, Circumstances("server"))
        (may if code is None else may_not).append((name, agent))
    return may, may_not


@contextmanager
def serving() -> Iterator[int]:
    """The port of the application, which runs in a process of its own."""
    command = [sys.executable, str(PROBES / "serving.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:  # noqa: S603  # this very interpreter, with a file of our own
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def whole(data: bytes) -> Answer | None:
    """The answer in *data*, when all of it is there."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if not end or length is None or len(body) < int(length[1]):
        return None
    return Answer(int(head.split(b" ", 2)[1]), body)


class Client:
    """A few connections that are kept; each sends its next request when it has the answer to the one before.

    It is as small as can be: a client written in Python with more to it would be slower than what it measures.
    """

    def __init__(self, port: int, connections: int) -> None:
        self.waiting = selectors.DefaultSelector()
        for _ in range(connections):
            made = socket.create_connection(("127.0.0.1", port))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.waiting.register(made, selectors.EVENT_READ)

    def ask(self, requests: Sequence[bytes]) -> tuple[list[Answer], list[float]]:
        """The answers as they came, and the seconds that each took."""
        rest = iter(requests)
        answers: list[Answer] = []
        took: list[float] = []
        sent: dict[object, float] = {}
        data: dict[object, bytes] = {}

        def send(to: socket.socket) -> None:
            following = next(rest, None)
            if following is not None:
                sent[to], data[to] = time.perf_counter(), b""
                to.sendall(following)

        for key in self.waiting.get_map().values():
            send(key.fileobj)  # type: ignore[arg-type]  # a socket
        while len(answers) < len(requests):
            for key, _ in self.waiting.select():
                from_: socket.socket = key.fileobj  # type: ignore[assignment]
                received = from_.recv(65_536)
                assert received, "the server has closed a connection"
                data[from_] += received
                answer = whole(data[from_])
                if answer is not None:
                    took.append(time.perf_counter() - sent[from_])
                    answers.append(answer)
                    send(from_)
        return answers, took

    def close(self) -> None:
        """Close the connections."""
        for key in list(self.waiting.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # a socket
        self.waiting.close()


def measured(port: int, rounds: int, requests: int, keys: int | None) -> dict[str, dict[str, list[float]]]:
    """By what is measured and route, a value for each round, by so many keys. All answers are asserted."""
    may, may_not = (found[:keys] for found in asked())
    client, single = Client(port, CONNECTIONS), Client(port, 1)
    spent = b"GET /spent HTTP/1.1\r\nHost: here\r\n\r\n"
    for route, refused in ((ROUTES[OPEN], 200), (ROUTES[GUARDED], 403)):
        for pairs, status in ((list(islice(cycle(may), WARM)), 200), (may_not[:200], refused)):
            answers, _ = client.ask([request(route, *pair) for pair in pairs])
            assert {each.status for each in answers} == {status}, (route, status)
    coming = cycle(may)
    found: dict[str, dict[str, list[float]]] = {what: {OPEN: [], GUARDED: []} for what in (RATE, P99, WORK)}
    for turn in bounded(range(rounds), seconds=60):
        those = list(islice(coming, requests))
        for name in (OPEN, GUARDED) if turn % 2 else (GUARDED, OPEN):
            sent = [request(ROUTES[name], *pair) for pair in those]
            before = int(single.ask([spent])[0][0].body)
            started = time.perf_counter()
            answers, took = client.ask(sent)
            seconds = time.perf_counter() - started
            worked = int(single.ask([spent])[0][0].body) - before
            assert {each.status for each in answers} == {200}, name
            found[RATE][name].append(requests / seconds)
            found[P99][name].append(statistics.quantiles(took, n=100)[-1] * 1e3)
            found[WORK][name].append(worked / requests)
    client.close()
    single.close()
    return found


def figures(*, rounds: int, requests: int = REQUESTS) -> tuple[list[Figure], dict[str, str]]:
    """All figures of W7, or why there are none."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return [], {"FastAPI endpoint": f"{' and '.join(missing)} not installed"}
    with serving() as port:
        found = {more: measured(port, rounds, requests, keys) for more, keys in (("", AGAIN), (IN_TURN, None))}
    return [
        figure
        for more, by_what in found.items()
        for what, values in by_what.items()
        for figure in compare(
            f"{what}{more}", values, reference=OPEN, counts=dict.fromkeys(values, requests), unit=UNITS[what]
        )
    ], {}
