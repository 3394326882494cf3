"""The verb that writes conditions in their canonical form."""

from collections.abc import Sequence
from pathlib import Path

from scopeguard.cli import rendering
from scopeguard.cli.writing import replace
from scopeguard.documents.files import list_files, read_file
from scopeguard.documents.formatting import formatted
from scopeguard.errors import Diagnostic, PolicyError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def format_files(paths: Sequence[str], *, only_check: bool) -> bool:
    """Format the policy files of *paths* and print which change; whether any does (or would, with *only_check*).

    Raises PolicyError with every finding where a file cannot be read; then no file is changed.
    """
    listing = list_files(list(paths))
    findings = list(listing.findings)
    changed: list[tuple[str, Path, str]] = []
    for file in listing.files:
        source = read_file(file)
        if isinstance(source, Diagnostic):
            findings.append(source)
            continue
        try:
            text = formatted(source)
        except PolicyError as error:
            findings.extend(error.diagnostics)
            continue
        if text != source.text:
            changed.append((file.name, Path(file.path), text))
    if findings:
        raise PolicyError(findings)
    for name, path, text in changed:
        if not only_check:
            _rewrite(path, text)
        rendering.print_styled(f"{'would change' if only_check else 'changed'} {name}")
    return bool(changed)


def _rewrite(path: Path, text: str) -> None:
    mark = _BYTE_ORDER_MARK if path.read_bytes().startswith(_BYTE_ORDER_MARK) else b""
    replace(path, mark + text.encode("utf-8"))
