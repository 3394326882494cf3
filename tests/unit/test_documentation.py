"""Every diagnostic has the address of its entry in the documentation."""

import pickle
import traceback

import pytest

from scopeguard import Diagnostic, Guard, PolicyError
from scopeguard.documentation import SITE, decision_code_url, diagnostic_url

FINDING = Diagnostic("SG203", "a.yaml", 1, 2, 'unknown surface "x"')


def test_a_diagnostic_has_its_address() -> None:
    """The property and the JSON twin lead to the anchor of the code; the printed line stays one line."""
    url = "https://scopeguard-authz.readthedocs.io/en/stable/docs/reference/diagnostics.html#sg203"
    assert (FINDING.url, FINDING.to_dict()["url"], diagnostic_url("SG203")) == (url, url, url)
    assert str(FINDING) == 'a.yaml:1:2: SG203 unknown surface "x"'


def test_another_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting names another site, with or without a slash at its end; an empty one names none."""
    for base in ("https://docs.internal/sg", "https://docs.internal/sg/"):
        monkeypatch.setenv("SCOPEGUARD_DOCS_URL", base)
        assert FINDING.url == "https://docs.internal/sg/reference/diagnostics.html#sg203"
        assert decision_code_url("scope_missing") == (
            "https://docs.internal/sg/reference/decision-codes.html#scope_missing"
        )
    monkeypatch.setenv("SCOPEGUARD_DOCS_URL", "")
    assert FINDING.url.startswith(SITE)


def test_a_traceback_shows_the_addresses(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A pack that does not load says where its codes are documented: once a code, below the message, in a copy too."""
    file = tmp_path_factory.mktemp("pack") / "a.yaml"
    file.write_text("scopeguard: 1\nroles: {x: {holds: ['a:b', 'c:d']}}\n", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(file)
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):  # noqa: S301  # made on the line above
        shown = "".join(traceback.format_exception_only(error))
        assert shown.count(f"SG203: {FINDING.url}\n") == 1
        assert FINDING.url not in str(error)
