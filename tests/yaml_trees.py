"""The tree of a YAML text, or its findings raised."""

from scopeguard.documents.tree import Tree
from scopeguard.documents.yaml import read
from scopeguard.errors import PolicyError
from scopeguard.source import Source


def compose(source: Source) -> Tree:
    """The tree of a YAML text.

    Raises ``PolicyError`` with every finding where the text is not YAML as this library reads it.
    """
    reading = read(source)
    if reading.tree is None or reading.findings:
        raise PolicyError(reading.findings)
    return reading.tree
