"""V109: the package index has another project with our package and our command; the later one overwrites the earlier one."""

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

import scopeguard
from scopeguard.cli import main, ownership

MENDED = "run `pip uninstall scopeguard scopeguard-authz`, and then `pip install scopeguard-authz`"


def install_stranger(folder: Path) -> None:
    """What an installer leaves of the other project, beside whatever files it has overwritten."""
    info = folder / "scopeguard-2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scopeguard\nVersion: 2.3\n", encoding="utf-8")


def test_v109_the_package_says_whose_it_is() -> None:
    """It is named as the distribution that it comes with, which a service compares at its start."""
    assert scopeguard.__distribution__ == "scopeguard-authz"
    assert distribution(scopeguard.__distribution__).version == scopeguard.__version__
    assert ownership.find_stranger() is None


def test_v109_the_other_one_beside_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command does not run where both are installed, and says how to fix it."""
    install_stranger(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    said = (
        "the package scopeguard is not ours, or not ours alone: the distribution scopeguard 2.3 is installed beside it"
    )
    assert capsys.readouterr().err == f"{said}; {MENDED}\n"


@pytest.mark.parametrize("name", ["another", None])
def test_v109_overwritten(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str | None
) -> None:
    """Nor where the package that is imported does not say that it is ours."""
    if name is None:
        monkeypatch.delattr(scopeguard, "__distribution__")
    else:
        monkeypatch.setattr(scopeguard, "__distribution__", name)
    with pytest.raises(SystemExit):
        main()
    assert MENDED in capsys.readouterr().err


@pytest.mark.slow
def test_v109_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The installed command looks before it does anything, and runs where nothing is wrong."""
    run = [sys.executable, "-c", "from scopeguard.cli import main; main()", "schema"]
    good = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (good.returncode, good.stdout[:1], good.stderr) == (0, "{", "")
    install_stranger(tmp_path)
    bad = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert MENDED in bad.stderr
