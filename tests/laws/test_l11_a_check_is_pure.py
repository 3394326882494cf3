"""Law 11, a_check_is_pure: no I/O, no clock, no randomness inside a check."""

import subprocess
import sys
import textwrap

from hypothesis import given

from tests.laws.support import answer, guard_of, law
from tests.strategies import Maker, Pack, packs

WATCHED = textwrap.dedent("""
    import sys
    from datetime import datetime, timezone
    from scopeguard import Context, Guard, Principal, Resource

    guard = Guard.default()
    key = Principal.api_key("k", workspace="w", scopes="workspace:read", expires_at=datetime(2030, 1, 1, tzinfo=timezone.utc))
    ann = Principal.member("m", workspace="w", roles=["admin"])
    seen = []

    def watch(event, args):
        if watching and event.split(".")[0] in {"open", "os", "socket", "subprocess", "import", "urllib", "shutil", "ctypes"}:
            seen.append(event)

    def trace(frame, event, arg):
        if event == "c_call" and getattr(arg, "__module__", None) in {"time", "random", "_random", "posix", "secrets"}:
            # In which process it runs is asked where something is kept, for the child of a fork.
            if arg.__name__ != "getpid":
                seen.append(arg.__name__)

    watching = False
    sys.addaudithook(watch)
    for round in range(2):
        watching = True
        sys.setprofile(trace)
        for channel in ("server", "dashboard"):
            context = Context(channel=channel, now=datetime(2026, 1, 1, tzinfo=timezone.utc))
            for permission in guard.catalog.permissions:
                for who in (key, ann):
                    about = Resource(permission.partition(":")[0], "x", "w")
                    guard.check(who, permission, about, context)
                    guard.check(who, permission, context=context)
                    guard.explain(who, permission, about, context)
            guard.permissions(ann, context)
        sys.setprofile(None)
        watching = False
    assert not seen, seen
    print("pure")
""")


def test_a_check_is_pure() -> None:
    """Checks over the whole shipped pack, first and warm, open nothing, import nothing and read no clock."""
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.returncode) == ("pure\n", 0), done.stderr


@law(20)
@given(packs())
def test_the_same_question_gets_the_same_answer(made: tuple[Maker, Pack]) -> None:
    """However often it is asked, and whatever was asked in between."""
    maker, pack = made
    guard = guard_of(pack)
    requests = list(maker.requests(20))
    first = [answer(guard, request) for request in requests]
    assert [answer(guard, request) for request in reversed(requests)] == first[::-1]
