"""What declared scopes include, which may be up to the kind of principal that holds them."""

from collections.abc import Iterator

from scopeguard.checking.findings import Path
from scopeguard.documents.schema import ScopeDoc
from scopeguard.model.principal import SCOPED


def includes_for(doc: ScopeDoc, kind: str) -> Iterator[tuple[Path, str]]:
    """What a scope includes where a principal of *kind* holds it, each with its path; nothing where it is inert."""
    own = None if doc.kinds is None else getattr(doc.kinds, kind)
    path, texts = (("includes",), doc.includes) if own is None else (("kinds", kind), own)
    for index, text in enumerate(() if doc.inert else texts or ()):
        yield (*path, index), text


def all_includes(doc: ScopeDoc) -> Iterator[tuple[Path, str]]:
    """All that a scope includes for any kind, each with its path."""
    yield from ((("includes", index), text) for index, text in enumerate(doc.includes or ()))
    for kind in sorted(SCOPED):
        own = None if doc.kinds is None else getattr(doc.kinds, kind)
        yield from ((("kinds", kind, index), text) for index, text in enumerate(own or ()))
