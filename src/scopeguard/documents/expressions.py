"""Where a policy file has texts with a grammar: conditions, requirements and patterns, as the schema marks them."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, get_args

from scopeguard.documents.shapes import EXPRESSION, Model
from scopeguard.documents.tree import Path


def expressions(content: Model) -> Iterator[tuple[Path, str]]:
    """Every text with a grammar in a part of a file, with its path."""
    stack: list[tuple[Path, Any, bool]] = [((), content, False)]
    while stack:
        path, value, is_marked = stack.pop()
        if isinstance(value, Model):
            stack.extend(
                ((*path, key), found, marked)
                for name, key, marked in _fields(type(value))
                if (found := getattr(value, name)) is not None
            )
        elif isinstance(value, Mapping):
            stack.extend(((*path, key), each, is_marked) for key, each in value.items())
        elif isinstance(value, list):
            stack.extend(((*path, index), each, is_marked) for index, each in enumerate(value))
        elif is_marked and isinstance(value, str):
            yield path, value


@lru_cache(maxsize=128)
def _fields(kind: type[Model]) -> tuple[tuple[str, str, bool], ...]:
    """The fields of a mapping, each as it is written and whether texts in it have a grammar."""
    return tuple(
        (name, field.alias or name, EXPRESSION in field.metadata or _is_marked(field.annotation))
        for name, field in kind.model_fields.items()
    )


def _is_marked(annotation: Any) -> bool:
    return EXPRESSION in getattr(annotation, "__metadata__", ()) or any(map(_is_marked, get_args(annotation)))
