"""The example of the first run shows what it promises."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_example_runs_anywhere(tmp_path: Path) -> None:
    """A matrix, an allow, denials, a settings page, a change with its line, three mistakes; no path of this machine."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "try.py")],
        cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "collected_data:read deny allow deny allow deny" in lines
    assert [line.partition(": ")[0] for line in lines if line.startswith(("allow ", "deny "))] == [
        "allow agents:write",
        "deny collected_data:read [explicit_grant_required]",
        "deny api_keys:create [dashboard_only]",
        "deny voice.connect [provider_keys_missing]",
    ]
    assert [line for line in lines if line.startswith("nearest change")] == [
        "nearest change: grant the scope collected_data:read"]  # fmt: skip
    assert "also: payment_interrupted, entitlement_limit_reached" in lines
    assert lines[lines.index("as developer:") + 1 : lines.index("as developer:") + 3] == [
        "General read_only", "Members unavailable"]  # fmt: skip
    change = lines.index("audit_logs:read for viewer")
    assert lines[change + 1 : change + 4] == [
        "was deny member_permission_missing", "is allow", "by role:viewer (roles.yaml:80:3)"]  # fmt: skip
    assert [line.split(" ")[0] for line in lines if line.startswith("mine.yaml:")] == [
        "mine.yaml:5:11:", "mine.yaml:6:51:", "mine.yaml:10:10:", "mine.yaml:12:5:"]  # fmt: skip
    assert "\x1b" not in done.stdout
    assert str(ROOT) not in done.stdout
