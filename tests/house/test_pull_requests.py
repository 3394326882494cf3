"""What projects take from this repository: hooks before a commit, and the script of the action."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
BASH = shutil.which("bash")
RULE = '  - {id: mine.x, effect: deny, on: ["agents:write"], when: principal.kind=="api_key", code: not_permitted}\n'
PACK = f"scopeguard: 1\npack: {{extends: default}}\nrules:\n{RULE}"
TESTS = """scopeguard: 1
tests:
  principals: {key: {kind: api_key, scopes: "agents:read"}}
  contexts: {here: {channel: server}}
  matrices:
    - {id: m, principals: [key], only: ["agents:read"], context: here, table: {"agents:read": {key: allow}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a configuration, a pack of its own and a test."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "scopeguard.toml").write_text('pack = "policies"\n', encoding="utf-8")
    (tmp_path / "policies" / "pack.yaml").write_text(
        PACK.replace("pack: {extends: default}\n", catalog()), encoding="utf-8"
    )
    (tmp_path / "policies" / "pack_test.yaml").write_text(TESTS, encoding="utf-8")
    return tmp_path


def catalog() -> str:
    """A catalog without the shipped pack, whose tests take seconds."""
    return "catalog: {surfaces: {agents: {actions: [read, write], coarse: true}}, channels: [server]}\n"


def called(entry: str, project: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A command in the project, with ours before others."""
    environment = {
        "PATH": f"{project / 'bin'}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(project),
        **variables,
    }
    return subprocess.run(  # noqa: S602  # the entries of our own hooks
        entry, cwd=project, env=environment, shell=True, capture_output=True, text=True, check=False, timeout=120
    )


def test_hooks_do_what_they_say(project: Path) -> None:
    """Each of them fails on what it is for, and not on what is right; fmt mends it."""
    entries = {hook["id"]: hook["entry"] for hook in HOOKS}
    assert list(entries) == ["scopeguard-lint", "scopeguard-fmt", "scopeguard-test"]
    assert [called(entry, project).returncode for entry in entries.values()] == [0, 0, 0]
    assert 'principal.kind == "api_key"' in (project / "policies" / "pack.yaml").read_text("utf-8")
    (project / "policies" / "pack_test.yaml").write_text(TESTS.replace("key: allow", "key: deny"), encoding="utf-8")
    assert called(entries["scopeguard-test"], project).returncode == 1
    (project / "policies" / "pack.yaml").write_text(PACK.replace("agents:write", "agents:wriet"), encoding="utf-8")
    assert called(entries["scopeguard-lint"], project).returncode == 1


def test_hooks_install_what_the_command_needs() -> None:
    """A hook cannot name an extra, so that it lists what the extra of the command has."""
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"][
        "cli"
    ]
    for hook in HOOKS:
        assert (hook["additional_dependencies"], hook["language"], hook["pass_filenames"]) == (extra, "python", False)


@pytest.mark.slow
def test_pre_commit_runs_the_hooks(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """From a clone of this repository, as projects have them: they mend what they can, pass then, and fail on a test."""
    clone = tmp_path_factory.mktemp("clone")
    environment = os.environ | {
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("home")),
        **{f"GIT_{role}_{what}": "x@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    # A hook of git that runs this test has a repository of its own in these.
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        environment.pop(name, None)

    def done(*command: str, cwd: Path = project) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=600
        )

    def hooks() -> list[str]:
        done("git", "add", "--all")
        lines = done(str(BIN / "pre-commit"), "run", "--all-files", "--color", "never").stdout.splitlines()
        return [re.sub(r"\.{3,}", " ", line) for line in lines if line.endswith(("Passed", "Failed"))]

    # Everything as it is in the working tree, in a repository of its own.
    done("git", "init", "--quiet", cwd=clone)
    done("git", f"--git-dir={clone / '.git'}", f"--work-tree={ROOT}", "add", "--all", cwd=ROOT)
    done("git", "commit", "--quiet", "--no-verify", "--message", "x", cwd=clone)
    revision = done("git", "rev-parse", "HEAD", cwd=clone).stdout.strip()
    wanted = [{"id": "scopeguard-fmt"}, {"id": "scopeguard-lint", "args": ["--fix"]}, {"id": "scopeguard-test"}]
    (project / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": str(clone), "rev": revision, "hooks": wanted}]}), encoding="utf-8"
    )
    done("git", "init", "--quiet")
    pack, tests = project / "policies" / "pack.yaml", project / "policies" / "pack_test.yaml"
    pack.write_text(pack.read_text("utf-8").replace("agents:write", "agents:wriet"), encoding="utf-8")

    assert hooks() == ["scopeguard fmt Failed", "scopeguard lint Failed", "scopeguard test Passed"]
    assert 'on: ["agents:write"], when: principal.kind == "api_key"' in pack.read_text("utf-8")
    assert hooks() == ["scopeguard fmt Passed", "scopeguard lint Passed", "scopeguard test Passed"]
    tests.write_text(TESTS.replace("key: allow", "key: deny"), encoding="utf-8")
    assert hooks() == ["scopeguard fmt Passed", "scopeguard lint Passed", "scopeguard test Failed"]


def test_nothing_of_a_pull_request_becomes_a_part_of_a_script() -> None:
    """Expressions stand in the environment of a step, never in its script: a branch may be called anything."""
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []
    assert all(step.get("shell") == "bash" for step in action["runs"]["steps"] if "run" in step)


GH = """#!/bin/sh
echo "$@" >> calls
case "$*" in *--jq*) cat known 2> /dev/null ;; esac
"""


@pytest.mark.slow
@pytest.mark.skipif(BASH is None, reason="the system has no bash")
def test_the_script_of_the_action(project: Path) -> None:
    """Annotations, the report, the summary, SARIF and one comment that is rewritten; the status says whether all is well."""
    (project / "bin").mkdir()
    (project / "bin" / "gh").write_text(GH, encoding="utf-8")
    (project / "bin" / "gh").chmod(0o755)
    service = {
        "RUNNER_TEMP": str(project / "temp"), "GITHUB_STEP_SUMMARY": str(project / "summary"), "GITHUB_OUTPUT": str(project / "output"),
        "GITHUB_REPOSITORY": "us/ours", "COMMENT": "true", "NUMBER": "7",
    }  # fmt: skip
    script = f"bash {ROOT / 'scripts' / 'review.sh'}"
    well = called(script, project, **service)
    report = (project / "temp" / "scopeguard-review" / "report.md").read_text("utf-8")
    assert (well.returncode, "### Lint: passed" in report, "### Tests: passed" in report) == (0, True, True)
    assert (project / "summary").read_text("utf-8") == report
    assert "repos/us/ours/issues/7/comments --field body=@" in (project / "calls").read_text("utf-8")
    (project / "policies" / "pack_test.yaml").write_text(TESTS.replace("key: allow", "key: deny"), encoding="utf-8")
    (project / "known").write_text("42\n", encoding="utf-8")
    ill = called(script, project, **service)
    assert (ill.returncode, "::error file=policies/pack_test.yaml" in ill.stdout) == (1, True)
    assert "--method PATCH repos/us/ours/issues/comments/42" in (project / "calls").read_text("utf-8")
    outputs = dict(line.split("=", 1) for line in (project / "output").read_text("utf-8").splitlines())
    assert json.loads(Path(outputs["sarif"]).read_text("utf-8"))["version"] == "2.1.0"
    assert Path(outputs["report"]).read_text("utf-8").startswith("<!-- scopeguard -->\n")
