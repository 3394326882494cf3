"""What a comparison of two packs gives: changes in words, frozen, and the whole of them."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from scopeguard.analysis.diffing.edits import Edit
from scopeguard.analysis.diffing.people import Who, in_words, listed
from scopeguard.analysis.witnesses import Witness

Aspect: TypeAlias = Literal[
    "gained",
    "lost",
    "open",
    "reason",
    "remedy",
    "wording",
    "obligation",
    "audit",
    "advice",
    "redaction",
    "usage",
    "reach",
    "page",
]
"""What of an answer is another one. ``open``: nobody knows, so that it may be gained."""

ASPECTS: Final[Mapping[Aspect, str]] = {
    "gained": "gains",
    "open": "open, and may be gained",
    "reach": "reach of scopes that are handed out",
    "lost": "loses",
    "reason": "denied for another reason",
    "remedy": "denied with another remedy",
    "wording": "denied in other words",
    "audit": "audit",
    "obligation": "obligations",
    "redaction": "redactions",
    "advice": "advice",
    "usage": "usage",
    "page": "account pages",
}
"""Each with the heading that it is under, in the order of a report."""

LOOSENING: Final[frozenset[Aspect]] = frozenset({"gained", "open"})
"""What has to be accepted."""


class Change(Struct, frozen=True):
    """Something that is answered in another way: who, which actions, where, and under which condition.

    *channels* and *environments* are those in which it is so; None: in every one, and without one too. *before* and
    *after* are what is answered. *edits* are what was written in another way and did it, *witness* a request that shows
    it; None where no single request does.
    """

    aspect: Aspect
    who: tuple[Who, ...] = ()
    actions: tuple[str, ...] = ()
    channels: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    condition: str | None = None
    before: str = ""
    after: str = ""
    edits: tuple[Edit, ...] = ()
    witness: Witness | None = None
    commands: tuple[str, str] = ("", "")
    """What asks for it at a prompt, of the first pack and of the second, but for their names; empty for nothing."""
    accepted: str | None = None
    """Why it is accepted; None where nobody did."""

    @property
    def id(self) -> str:
        """What it is called: the same for the same change, wherever in the files it comes from."""
        parts = (
            self.aspect,
            sorted(map(str, self.who)),
            sorted(self.actions),
            self.channels,
            self.environments,
            # Why nobody knows is no part of what it is.
            None if self.witness is None else self.condition,
            self.before,
            self.after,
        )
        return f"{self.aspect}-{sha256(repr(parts).encode()).hexdigest()[:10]}"

    @property
    def people(self) -> str:
        """Who, in words."""
        return in_words(self.who) or "everybody"

    @property
    def where(self) -> str:
        """Where, in words; empty where it is so everywhere."""
        parts = []
        if self.channels is not None:
            parts.append(f"on {listed([name or 'no channel' for name in self.channels], 'or')}")
        if self.environments is not None:
            parts.append(f"in {listed(self.environments, 'or')}")
        return " ".join(parts)

    @property
    def is_loosening(self) -> bool:
        """Whether somebody may do more, and nobody has accepted it."""
        return self.aspect in LOOSENING and self.accepted is None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "id": self.id,
            "aspect": self.aspect,
            "who": [
                {
                    "kind": who.kind,
                    "holding": list(who.holding),
                    "together": who.together,
                    "beside": list(who.beside),
                    "entitled": who.entitled,
                    "nothing": who.nothing,
                    "without": list(who.without),
                    "text": str(who),
                }
                for who in self.who
            ],
            "actions": list(self.actions),
            "channels": None if self.channels is None else list(self.channels),
            "environments": None if self.environments is None else list(self.environments),
            "condition": self.condition,
            "before": self.before,
            "after": self.after,
            "edits": [edit.to_dict() for edit in self.edits],
            "witness": None if self.witness is None else str(self.witness),
            "commands": {"before": self.commands[0] or None, "after": self.commands[1] or None},
            "accepted": self.accepted,
        }


class Diff(Struct, frozen=True):
    """All that two packs answer in another way, and all that is written in another way.

    Its truth is whether anything is answered so.
    """

    changes: tuple[Change, ...] = ()
    edits: tuple[Edit, ...] = ()
    digests: tuple[str, str] = ("", "")
    unmatched: tuple[str, ...] = ()
    """The ids that somebody accepts of changes that there are not."""

    def of(self, *aspects: Aspect) -> tuple[Change, ...]:
        """The changes of some aspects."""
        return tuple(change for change in self.changes if change.aspect in aspects)

    @property
    def gained(self) -> tuple[Change, ...]:
        """What is allowed now and was not."""
        return self.of("gained")

    @property
    def lost(self) -> tuple[Change, ...]:
        """What was allowed and is not now."""
        return self.of("lost")

    @property
    def changed(self) -> tuple[Change, ...]:
        """All that is neither gained nor lost: reasons, obligations, redactions, usage and so on."""
        return tuple(each for each in self.changes if each.aspect not in {"gained", "lost", "open", "reach"})

    @property
    def open(self) -> tuple[Change, ...]:
        """What could not be decided, and may be gained."""
        return self.of("open")

    @property
    def reach(self) -> tuple[Change, ...]:
        """What the scopes reach now that both packs have, or do not reach any more."""
        return self.of("reach")

    @property
    def loosens(self) -> bool:
        """Whether anybody may do more, or might, and nobody has accepted it."""
        return any(change.is_loosening for change in self.changes)

    @property
    def idle(self) -> tuple[Edit, ...]:
        """What is written in another way, and answered in the same."""
        effective = {edit for change in self.changes for edit in change.edits}
        return tuple(edit for edit in self.edits if edit not in effective)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "loosens": self.loosens,
            "digests": {"before": self.digests[0], "after": self.digests[1]},
            "counts": {aspect: len(self.of(aspect)) for aspect in ASPECTS},
            "changes": [change.to_dict() for change in self.changes],
            "idle": [edit.to_dict() for edit in self.idle],
            "unmatched": list(self.unmatched),
        }
