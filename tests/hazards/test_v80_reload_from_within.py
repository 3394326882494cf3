"""V80: a reload in a signal handler, or in a child that was forked while a thread reloads, waits for ever.

The programs stand in processes of their own: what waits for ever does so there, and is ended.
"""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HEAD = """
import faulthandler, os, signal, sys, threading, time
from pathlib import Path
from scopeguard import Context, Guard, PolicyError, Principal, RequestError
from scopeguard.compiling.loading import load_program

faulthandler.dump_traceback_later(50, exit=True)
JOB = Principal.system("job", workspace="w")
pack = Path("pack.yaml")


def write(release):
    text = '''scopeguard: 1
catalog: {surfaces: {notes: {actions: [read], coarse: true, attributes: {title: string}}}}
rules: [{id: r.%s, effect: allow, on: ["notes:read"]}]
'''
    new = Path(f"new-{os.getpid()}-{threading.get_ident()}")
    new.write_text(text % release)
    new.replace(pack)


def release(guard):
    return guard.check(JOB, "notes:read").rules[0].removeprefix("r.")


def wait(child):
    _, status = os.waitpid(child, 0)
    assert status == 0, status


write("a")
guard = Guard.load(pack)
assert release(guard) == "a"
"""

PROGRAMS: dict[str, str] = {
    "a signal in the middle of a reload": """
        # The handler deploys a release and reloads. It returns at once, and what it interrupted reads once more.
        reads, returned = [], []
        def handle(*_):
            write("b")
            guard.reload()
            returned.append(len(reads))
        signal.signal(signal.SIGUSR1, handle)
        def load():
            program = load_program(pack)
            reads.append(1)
            if len(reads) == 2:
                signal.raise_signal(signal.SIGUSR1)
            return program
        guard = Guard(load)
        guard.reload()
        assert (release(guard), returned, len(reads)) == ("b", [2], 3), (release(guard), returned, reads)
        guard.reload()
        assert len(reads) == 4, reads
    """,
    "a signal that mends what does not load": """
        # The reload that is interrupted fails, what it reads once more loads: nothing is raised.
        reads = []
        def handle(*_):
            write("b")
            guard.reload()
        signal.signal(signal.SIGUSR1, handle)
        def load():
            reads.append(1)
            try:
                return load_program(pack)
            finally:
                if len(reads) == 2:
                    signal.raise_signal(signal.SIGUSR1)
        guard = Guard(load)
        pack.write_text("scopeguard: 2")
        guard.reload()
        assert (release(guard), guard.generation) == ("b", 2)
    """,
    "a signal that breaks what loads": """
        reads = []
        def handle(*_):
            pack.write_text("scopeguard: 2")
            guard.reload()
        signal.signal(signal.SIGUSR1, handle)
        def load():
            program = load_program(pack)
            reads.append(1)
            if len(reads) == 2:
                signal.raise_signal(signal.SIGUSR1)
            return program
        guard = Guard(load)
        write("b")
        try:
            guard.reload()
            raise SystemExit("not told")
        except PolicyError as error:
            assert [each.code for each in error.diagnostics] == ["SG125"]
        assert release(guard) == "b"
    """,
    "signals at any moment": """
        # Faster than a pack is read, and now and then with a new release.
        number = [0]
        def handle(*_):
            number[0] += 1
            if number[0] % 100 == 0:
                write(f"n{number[0]}")
            reload()
        def reload():
            try:
                guard.reload()
            except PolicyError as error:
                assert [each.code for each in error.diagnostics] == ["SG117"]
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.002)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            reload()
        signal.setitimer(signal.ITIMER_REAL, 0)
        guard.reload()
        assert number[0] > 100
        assert release(guard) == f"n{number[0] // 100 * 100}"
    """,
    "a time limit in the middle of a reload": """
        class TooLong(Exception): ...
        def handle(*_):
            raise TooLong
        signal.signal(signal.SIGUSR1, handle)
        reads = []
        def load():
            reads.append(1)
            if len(reads) == 2:
                signal.raise_signal(signal.SIGUSR1)
            return load_program(pack)
        guard = Guard(load)
        write("b")
        try:
            guard.reload()
            raise SystemExit("no time limit")
        except TooLong:
            assert release(guard) == "a"
        thread = threading.Thread(target=guard.reload)
        thread.start()
        thread.join()
        assert release(guard) == "b"
    """,
    "what reads the pack reloads": """
        reads = []
        def load():
            reads.append(1)
            if len(reads) == 2:
                guard.reload()
                guard.reload()
            return load_program(pack)
        guard = Guard(load)
        guard.reload()
        assert (len(reads), guard.generation) == (3, 3)
    """,
    "what reads the pack always reloads": """
        guards = []
        def load():
            for each in guards:
                each.reload()
            return load_program(pack)
        guards.append(Guard(load))
        write("b")
        guards[0].reload()
        assert release(guards[0]) == "b"
    """,
    "threads": """
        # Who reloads after a release has come has it in force, whoever else reloads at the time.
        def deploy(name):
            for number in range(15):
                with lock:
                    write(f"{name}{number}")
                guard.reload()
        lock = threading.Lock()
        threads = [threading.Thread(target=deploy, args=(name,)) for name in "abcd"]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        before = guard.generation
        assert 40 < before <= 61, before
        assert f'r.{release(guard)},' in pack.read_text()
    """,
    "a child that is forked while a thread reloads": """
        inside, go = threading.Event(), threading.Event()
        parent = os.getpid()
        def load():
            if os.getpid() == parent and guards:
                inside.set()
                go.wait()
            return load_program(pack)
        guards = []
        guards.append(Guard(load))
        guard = guards[0]
        thread = threading.Thread(target=guard.reload)
        thread.start()
        inside.wait()
        write("b")
        child = os.fork()
        if not child:
            guard.reload()
            assert release(guard) == "b"
            grandchild = os.fork()
            if not grandchild:
                write("c")
                guard.reload()
                os._exit(0 if release(guard) == "c" else 1)
            wait(grandchild)
            os._exit(0)
        wait(child)
        go.set()
        thread.join()
        assert release(guard) == "c"
    """,
    "a child that is forked by what reads the pack": """
        reads = []
        def load():
            program = load_program(pack)
            reads.append(1)
            if len(reads) == 2:
                child = os.fork()
                if not child:
                    write("b")
                    guard.reload()
                    assert release(guard) == "b"
                    inherited.append(1)
                    return program
                wait_for.append(child)
            return program
        inherited, wait_for = [], []
        guard = Guard(load)
        guard.reload()
        if inherited:
            # The child is through with the reload that it inherited, which is older than its own.
            os._exit(0 if release(guard) == "b" and guard.generation == 2 else 1)
        wait(wait_for[0])
        assert release(guard) == "a"
    """,
    "children at any moment": """
        stop = threading.Event()
        def reload():
            while not stop.is_set():
                guard.reload()
        def ask():
            number = 0
            while not stop.is_set():
                number += 1
                guard.check(Principal.api_key("k", workspace="w", scopes=f"notes:read/n{number}"), "notes:read")
        small = Guard.load(pack, max_rows=2)
        threads = [threading.Thread(target=each) for each in (reload, reload, ask)]
        for thread in threads: thread.start()
        try:
            for number in range(25):
                child = os.fork()
                if not child:
                    signal.alarm(40)
                    guard.reload()
                    for key in range(5):
                        guard.check(Principal.api_key("k", workspace="w", scopes=f"notes:read/m{key}"), "notes:read")
                    class Note: id = "n"; workspace = "w"
                    guard.register(Note, surface="notes")
                    os._exit(0 if release(guard) == "a" and guard.check(JOB, "notes:read", Note()) else 1)
                wait(child)
        finally:
            stop.set()
            for thread in threads: thread.join()
    """,
    "a question in the middle of keeping an answer": """
        from scopeguard.runtime.cache import Bounded
        class Key:
            # As a signal handler, it asks while the answer to another question is kept.
            def __init__(self, within): self.within = within
            def __hash__(self):
                if self.within:
                    self.within.pop()()
                return 1
        table = {}
        bounded = Bounded(2, table.clear)
        for number in range(5):
            within = [lambda: bounded.keep(table, object(), "other")] * 9
            bounded.keep(table, Key(within), "answer")
            assert len(within) < 9
        bounded.keep(table, "last", "answer")
        assert table["last"] == "answer"
        assert len(table) <= 2
    """,
    "a child forked while a row is kept": """
        from scopeguard.runtime.cache import Bounded
        table = {}
        bounded = Bounded(2, table.clear)
        inside, go = threading.Event(), threading.Event()
        class Key:
            armed = False
            def __hash__(self):
                if Key.armed and threading.current_thread() is not threading.main_thread():
                    inside.set()
                    go.wait()
                return 1
        key = Key()
        def keep():
            bounded.keep(table, "first", "answer")
            Key.armed = True
            bounded.keep(table, key, "answer")
        thread = threading.Thread(target=keep)
        thread.start()
        inside.wait()
        child = os.fork()
        if not child:
            for number in range(5):
                bounded.keep(table, number, "answer")
            os._exit(0 if sorted(table) == [3, 4] else 1)
        wait(child)
        go.set()
        thread.join()
        assert len(bounded) == 2
    """,
    "a type registered while another one is": """
        class Note: id = "n"; workspace = "w"
        class Page(Note): ...
        def names():
            guard.register(Page, surface="notes")
            yield "title"
        guard.register(Note, surface="notes", attributes=("title" for _ in ()))
        class Other(Note): ...
        guard.register(Other, surface="notes", attributes=names())
        for kind in (Note, Page, Other):
            try:
                guard.register(kind, surface="notes")
                raise SystemExit("registered twice")
            except RequestError as error:
                assert "is registered already" in str(error)
    """,
}


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_v80_nothing_waits_for_ever(tmp_path: Path, program: str) -> None:
    """Each program comes to its end, and finds in force what it says."""
    script = HEAD + textwrap.dedent(program)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr[-3000:]) == (0, "")
