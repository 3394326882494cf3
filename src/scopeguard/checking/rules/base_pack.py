"""SG217 to SG219: a pack does without the base only where it says so."""

from collections.abc import Iterator

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.entries import Layer
from scopeguard.errors import Diagnostic, Severity


def check_base_pack(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """A pack without the base says why, extends no other, and is warned of."""
    pack = parsed.pack
    on_default = any(document.layer is Layer.DEFAULT for document in pack.documents)
    for entry in pack.entries("pack.base"):
        if on_default:
            message, hint = "a pack on the shipped one cannot leave out the base", "leave base out"
            yield finding(entry, (), "SG218", message, hint)
            continue
        said = entry.document.content.pack
        if said is None or said.because is None:
            message, hint = "base: none without a reason", "say why in because, next to it"
            yield finding(entry, (), "SG217", message, hint)
        yield finding(
            entry,
            (),
            "SG219",
            "nothing beneath this pack denies invalid credentials, other workspaces and anonymous callers",
            "leave base out where the pack does not deny them itself",
            severity=Severity.WARNING,
        )
