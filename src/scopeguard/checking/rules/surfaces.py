"""SG304, SG307 and SG422: a surface says exactly once whether wildcards reach it."""

from collections.abc import Iterator

from scopeguard.checking.catalog_builder import keys_may_hold
from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.errors import Diagnostic, Severity, quoted


def check_surfaces(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Surfaces whose reach is unsaid or contradicts itself."""
    for entry in parsed.pack.entries("surfaces"):
        doc = entry.content
        if doc.coarse is None and doc.explicit_only is None:
            if keys_may_hold(doc.holdable_by):
                message = f"surface {quoted(entry.name)} does not say whether coarse scopes reach it"
                hint = "write coarse: true or explicit_only: true; unsaid, it is explicit-only"
                yield finding(entry, (), "SG304", message, hint, key=True, severity=Severity.WARNING)
        elif doc.coarse is not None and doc.coarse is doc.explicit_only:
            said = str(doc.coarse).lower()
            message = f"surface {quoted(entry.name)} is both coarse: {said} and explicit_only: {said}"
            yield finding(entry, ("explicit_only",), "SG307", message, "keep one of the two", key=True)
        elif doc.coarse is None and doc.explicit_only is False:
            message = f"surface {quoted(entry.name)} is opened to wildcards by explicit_only: false"
            yield finding(entry, ("explicit_only",), "SG422", message, "write coarse: true", key=True)
