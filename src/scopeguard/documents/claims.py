"""Whose a file is that is named as files of tests are: other programs name theirs so, too."""

import re
from typing import Final

from scopeguard.documents.text import decode
from scopeguard.documents.tree import MappingNode
from scopeguard.documents.yaml import read
from scopeguard.source import Source

_KEY: Final = re.compile(r"""^(?:---)?[\s{,?]*(["']?)scopeguard\1\s*:""", re.MULTILINE)
"""The key as it is nearly always written, at the beginning of a line."""


def is_ours(name: str, data: bytes) -> bool:
    """Whether a file has the key that every file of scopeguard has, however it is written.

    Of a text that cannot be read it is one that looks so: what is wrong with it is reported, and not passed over.
    """
    source = decode(name, data)
    if isinstance(source, Source) and (tree := read(source).tree) is not None:
        return isinstance(tree.root, MappingNode) and "scopeguard" in tree.root.items
    return _KEY.search(data.decode("utf-8", "replace").removeprefix("\ufeff")) is not None
