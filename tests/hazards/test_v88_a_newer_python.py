"""V88: a Python newer than those tested does not import the library: since 3.14 a class body leaves no annotations."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from msgspec import Struct

import scopeguard
from scopeguard import Decision, Location

OF_EXTRAS = (
    *("scopeguard.analysis", "scopeguard.cli", "scopeguard.testing", "scopeguard.integrations"),
    *("scopeguard.decisionlog.signing",),
    *("scopeguard.keys.django", "scopeguard.keys.redis", "scopeguard.keys.sqlalchemy"),
)
"""What an installation of the core alone does not import."""


def structs() -> Iterator[type[Struct]]:
    """Every struct of the library."""
    for found in pkgutil.walk_packages(scopeguard.__path__, "scopeguard."):
        if not found.name.startswith(OF_EXTRAS):
            for each in vars(importlib.import_module(found.name)).values():
                if inspect.isclass(each) and issubclass(each, Struct) and each.__module__ == found.name:
                    yield each


@pytest.mark.parametrize("kind", sorted(set(structs()), key=lambda kind: f"{kind.__module__} {kind}"))
def test_v88_every_annotation_is_a_field(kind: type[Struct]) -> None:
    """A struct has the fields that its class annotates, on this Python too."""
    annotated = [name for name, of in inspect.get_annotations(kind).items() if "ClassVar" not in str(of)]
    assert {*annotated} <= {*kind.__struct_fields__}
    assert annotated or issubclass(kind.__base__ or object, Struct)


def test_v88_by_hand() -> None:
    """Two of them, and their order."""
    assert Location.__struct_fields__ == ("file", "line", "column")
    assert Decision.__struct_fields__[:3] == ("effect", "permission", "code")
