"""Keys in files and folders, and the rules by which secret scanners find them: all of one form."""

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import re2  # type: ignore[import-untyped]  # has no types
import yaml

from scopeguard import RequestError
from scopeguard.keys import build_key, find_keys, scan_files, scanner_rules, scanning
from scopeguard.keys.scanner_rules import SCANNERS

LIVE = build_key("hyp", "k7Q", "x1" * 20, environment="live")
PLAIN = build_key("hyp", "0042", "y2" * 20)
LONGEST = build_key("hyp", "i" * 32, "z" * 128, environment="e" * 16)
OTHER = build_key("hyq", "k7Q", "x1" * 20)

TEXTS: dict[str, list[str]] = {
    f'key = "{LIVE}"': [LIVE],
    f"{LIVE}\n{PLAIN}": [LIVE, PLAIN],
    f"?key=%20{PLAIN}&x": [PLAIN],
    f"{LONGEST}_": [LONGEST],
    f"x\\n{LIVE}'": [LIVE],
    f"a{LIVE}": [LIVE],
    OTHER: [],
    LIVE.upper(): [],
    "hyp_live_k7Q_short": [],
    "": [],
}
"""Texts with the keys in them."""
WRONG = [f"{LIVE}0", LIVE.replace("x", "y", 1)]
"""What has the form of a key alone: a scanner that works out no checksum finds it."""


def test_what_is_in_a_folder(tmp_path: Path) -> None:
    """Every file, in order, binaries too; not what version control keeps, and links to folders once."""
    (tmp_path / "web").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "web" / "b.js").write_text(f"\n  init('{LIVE}')\n", encoding="utf-8")
    (tmp_path / "web" / "a.bin").write_bytes(b"\x00\xff\n" + PLAIN.encode() + b"\x00" + LIVE.encode())
    (tmp_path / ".git" / "config").write_text(LIVE, encoding="utf-8")
    (tmp_path / "again").symlink_to(tmp_path / "web")
    found = [(str(each.location), each.id) for each in scan_files([tmp_path, tmp_path / "web" / "b.js"], "hyp")]
    web = tmp_path / "web"
    assert found == [(f"{web}/a.bin:2:1", "0042"), (f"{web}/a.bin:2:{len(PLAIN) + 2}", "k7Q"), (f"{web}/b.js:2:9", "k7Q"),
                     (f"{web}/b.js:2:9", "k7Q")]  # fmt: skip
    with pytest.raises(RequestError, match="no file"):
        list(scan_files([tmp_path / "none"], "hyp"))
    with pytest.raises(RequestError, match="prefix"):
        list(scan_files([tmp_path], "HYP"))


@pytest.mark.parametrize("window", [1, 7, 100, 300, 1000])
def test_a_long_file_is_looked_through_in_windows(window: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a window ends, the same is found in the same places as in the text as a whole."""
    monkeypatch.setattr(scanning, "_WINDOW", window)
    text = f"{PLAIN}{'-' * 300}\n\n{LIVE}\n{'a' * 299}_{LONGEST}!{PLAIN}{'b' * 600}{LIVE}0 {LIVE}"
    (tmp_path / "long").write_text(text, encoding="utf-8")
    whole = find_keys(text, "hyp", file=str(tmp_path / "long"))
    assert len(whole) == 4
    assert tuple(scan_files([tmp_path / "long"], "hyp")) == whole


def by_re2(pattern: str) -> Callable[[str], list[str]]:
    """As scanners written in Go find secrets: the first group of a match."""
    return lambda text: [match.group(1) for match in re2.compile(pattern).finditer(text)]


def by_github(fields: Any) -> Callable[[str], list[str]]:
    """As the fields of a custom pattern are read."""
    after = fields["after_secret"].replace(r"\z", r"\Z")
    return lambda text: re.findall(f"(?:{fields['before_secret']})({fields['secret_format']})(?={after})", text)


def by_plugin(source: str, folder: Path) -> Callable[[str], list[str]]:
    """As the plugin of detect-secrets finds them."""
    plugins: Any = pytest.importorskip("detect_secrets.plugins.base")
    path = folder / "plugin.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("plugin_of_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (kind,) = [
        each for each in vars(module).values() if isinstance(each, type) and each is not plugins.RegexBasedDetector
    ]
    return lambda text: list(kind().analyze_string(text))


@pytest.mark.parametrize("scanner", SCANNERS)
def test_scanners_find_what_we_find(scanner: Any, tmp_path: Path) -> None:
    """Each configuration is read by its own reader, and finds the keys of every text and nothing else."""
    written = scanner_rules(scanner, "hyp")
    if scanner == "betterleaks":
        (rule,) = tomllib.loads(written)["rules"]
        assert rule["keywords"] == ["hyp_"]
        find = by_re2(rule["regex"])
    elif scanner == "trufflehog":
        (detector,) = yaml.safe_load(written)["detectors"]
        assert detector["keywords"] == ["hyp_"]
        find = by_re2(detector["regex"]["key"])
    elif scanner == "github":
        fields = json.loads(written)
        assert len(find_keys(fields["test_string"], "hyp")) == 1
        find = by_github(fields)
    else:
        find = by_plugin(written, tmp_path)
    assert [find(text) for text in WRONG] == [[] if scanner == "detect-secrets" else [text] for text in WRONG]
    assert [find_keys(text, "hyp") for text in WRONG] == [(), ()]
    for text, keys in TEXTS.items():
        assert find(text) == keys, text
        assert [text[each.offset : each.offset + each.length] for each in find_keys(text, "hyp")] == keys


def test_betterleaks_itself(tmp_path: Path) -> None:
    """The scanner reads its configuration and finds the keys, where it is installed."""
    betterleaks: Any = pytest.importorskip("betterleaks")
    program = Path(betterleaks.__file__).parent / "bin" / "betterleaks"
    (tmp_path / "rules.toml").write_text(scanner_rules("betterleaks", "hyp"), encoding="utf-8")
    (tmp_path / "text").mkdir()
    for number, text in enumerate(TEXTS):
        (tmp_path / "text" / str(number)).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program, "fs", tmp_path / "text", "--config", tmp_path / "rules.toml", "--jsonl", "--no-banner"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    told = [each["finding"] for each in map(json.loads, done.stdout.splitlines()) if "finding" in each]
    found = {(Path(each["location"]["path"]).name, each["match"]["value"]) for each in told}
    assert found == {(str(number), key) for number, keys in enumerate(TEXTS.values()) for key in keys}


def test_scanners_that_are_not_known() -> None:
    """They are refused with those that are."""
    with pytest.raises(RequestError, match="betterleaks, trufflehog"):
        scanner_rules("gitguardian", "hyp")  # type: ignore[arg-type]  # what is refused
    with pytest.raises(RequestError, match="prefix"):
        scanner_rules("github", "it's")


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    """It tells places and ids and never a key; 1 where there is one, 0 where there is none, 2 for no such file."""
    (tmp_path / "a.js").write_text(f"  '{LIVE}'", encoding="utf-8")
    (tmp_path / "b.js").write_text("", encoding="utf-8")
    program = Path(sys.executable).with_name("scopeguard")

    def run(*arguments: str) -> Any:
        return subprocess.run(
            [program, "keys", *arguments, "--prefix", "hyp"], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    pretty, as_json, github, none, missing, rules = (
        run("scan", "a.js"), run("scan", ".", "--format", "json"), run("scan", "a.js", "--format", "github"),
        run("scan", "b.js"), run("scan", "c.js"), run("rules", "--for", "betterleaks"),
    )  # fmt: skip
    assert [each.returncode for each in (pretty, as_json, github, none, missing, rules)] == [1, 1, 1, 0, 2, 0]
    hint = f"hyp_...{LIVE[-4:]}"
    assert pretty.stdout == f"a.js:1:4: key {hint} of the id k7Q\n1 key\n"
    assert json.loads(as_json.stdout) == [
        {"file": "a.js", "line": 1, "column": 4, "id": "k7Q", "environment": "live", "hint": hint}
    ]
    assert github.stdout == f"::error file=a.js,line=1,col=4,title={hint}::a key is in the open: revoke it\n"
    assert none.stdout == "0 keys\n"
    assert "no file" in missing.stderr
    assert rules.stdout == scanner_rules("betterleaks", "hyp")
    assert LIVE not in pretty.stdout + as_json.stdout + github.stdout
