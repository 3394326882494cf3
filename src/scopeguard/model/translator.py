"""Names at the edge: those of the outside world are read as names of the pack, and written in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from scopeguard.model.aliases import Aliases, by_alias, inside
from scopeguard.model.decision import Decision


def _whole(name: str) -> str:
    return rf"(?<![\w:./-]){re.escape(name)}(?![\w:/-])"


class Translator:
    """Reads and writes the names of the outside world. An alias is compared as it is, letter by letter."""

    __slots__ = ("_roles", "_scopes", "_written")

    def __init__(self, aliases: Aliases) -> None:
        self._scopes = by_alias(aliases.scopes)
        self._roles = by_alias(aliases.roles)
        self._written = {name: found[0] for name, found in aliases.scopes.items()}

    def scopes(self, given: Any) -> Any:
        """Scopes of a credential in the names of the pack: a text of a text, else a tuple.

        What is no alias stays as it is, and so does what is no list: whoever takes it says what is wrong with it.
        """
        if not self._scopes or given is None:
            return given
        if type(given) is str:
            return " ".join(inside(each, self._scopes) for each in given.split(" "))
        if not isinstance(given, Iterable) or isinstance(given, str | bytes) or hasattr(given, "keys"):
            return given
        return tuple(inside(each, self._scopes) if type(each) is str else each for each in given)

    def role(self, given: str) -> str:
        """A role in the name of the pack, on one resource too; what is no alias stays."""
        return inside(given, self._roles)  # type: ignore[no-any-return]  # a text of a text

    def written(self, decision: Decision) -> Decision:
        """A decision whose scopes are written in the names of the outside world, as far as they have one.

        So does the text of its remedy name what is needed.
        """
        needed, provided = (tuple(map(self._outside, each)) for each in (decision.needed, decision.provided))
        remedy = decision.remedy
        for name, outside in zip(decision.needed, needed, strict=True):
            if remedy is not None and name != outside:
                # No alias has a backslash, so that it stands for itself in what replaces.
                remedy = replace(remedy, text=re.sub(_whole(name), outside, remedy.text))
        return replace(decision, needed=needed, provided=provided, remedy=remedy)

    def _outside(self, scope: str) -> str:
        name, slash, resource = scope.partition("/")
        return f"{self._written.get(name, name)}{slash}{resource}"
