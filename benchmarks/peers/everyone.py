"""All other engines, asked the requests of W1 beside the hand-written function and this library."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from statistics import median

from benchmarks import handwritten
from benchmarks.domain import Asked, requests
from benchmarks.growth import RULES
from benchmarks.peers import casbin, cedar, celpy, growing, opa, populations, predicates, rego, vakt
from benchmarks.peers.peer import Answers, Peer, Unavailable
from benchmarks.request_checks import agree, warm
from benchmarks.timing import FLOOR, OURS, Figure, Pass, compare, counts, net
from scopeguard import Guard

PEERS: tuple[Peer, ...] = (
    vakt.PEER, cedar.PEER, casbin.FAST, casbin.PLAIN, rego.PEER, opa.PEER, celpy.PEER, predicates.PEER,
)  # fmt: skip
NO_DISTRIBUTION = {"Rego (regorus)": "not published for Python on the package index"}
CODE = {predicates.PEER.name}
"""Libraries that join functions written in Python: shown, and no engine of policies."""
WORKLOAD = "mixed, beside others"
FASTEST = "mixed, beside the fastest engine"


def ready(peer: Peer, asked: Asked) -> Answers | str:
    """What asks *peer*, its answers asserted, or why it cannot be asked here."""
    plain = asked.plain[: peer.most]
    try:
        if peer.distribution:
            version(peer.distribution)
        run = peer.prepare(plain)
    except PackageNotFoundError:
        return f"{peer.distribution} is not installed"
    except Unavailable as error:
        return str(error)
    expected = [handwritten.check(*request) is None for request in plain]
    assert run() == expected, peer.name
    return run


def figures(*, rounds: int, sizes: Sequence[int] = RULES) -> tuple[list[Figure], dict[str, str]]:
    """All figures of the others, and why some have none."""
    guard, asked = Guard.default(), requests()
    agree(guard, asked, handwritten.check)
    passes = dict(warm(guard, asked, handwritten.check))
    absent = dict(NO_DISTRIBUTION)
    for peer in PEERS:
        run = ready(peer, asked)
        if isinstance(run, str):
            absent[peer.name] = run
        else:
            passes[peer.name] = Pass(run, min(peer.most, len(asked.plain)), peer.clock)
    found = net(passes, rounds=rounds)
    told = compare(WORKLOAD, found, reference=FLOOR, counts=counts(passes))
    engines = {peer.name for peer in PEERS} & found.keys() - CODE
    if engines:
        best = min(engines, key=lambda name: median(found[name]))
        pair = {name: found[name] for name in (best, OURS)}
        told += compare(FASTEST, pair, reference=best, counts=counts(passes))
    told += populations.beside(rounds=rounds)
    for name, (module, _) in growing.ENGINES.items():
        if find_spec(module):
            told += growing.figures(name, rounds=rounds, sizes=sizes)
    return told, absent


def versions() -> dict[str, str]:
    """The versions of what is installed of the others."""
    found = {}
    for name in sorted({peer.distribution for peer in PEERS} - {""}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
