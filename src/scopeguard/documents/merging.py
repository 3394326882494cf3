"""What the files of a pack say together, and what only one of them may say.

Mappings are merged by their keys and lists of entries by their items. Everything else has one value: where two files
give it, one of them would be dropped silently.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, get_origin

from pydantic import BaseModel

from scopeguard.documents.pack import SECTIONS
from scopeguard.documents.schema import PolicyDoc
from scopeguard.documents.schema_errors import bare

_OF_EACH_FILE: Final = frozenset({("scopeguard",), ("catalog", "loosens"), ("catalog", "defaults")})
"""What a file says of itself: the version of the language, what its surfaces have in common, and why its environments
are no part of the layer below."""
_ORDERED: Final = frozenset({SECTIONS["stages"]})
"""Lists whose order means something: two of them have none in common."""


def _single(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        path = (*above, field.alias or name)
        kind = bare(field.annotation)
        if path in _OF_EACH_FILE:
            continue
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _single(kind, path)
        elif get_origin(kind) is dict or (
            path in SECTIONS.values() and get_origin(kind) is list and path not in _ORDERED
        ):
            continue
        else:
            yield path


@lru_cache(maxsize=1)
def single_values() -> tuple[tuple[str, ...], ...]:
    """The paths of everything that a pack has at most once. Found in the schema, so that none can be forgotten."""
    return tuple(_single(PolicyDoc, ()))
