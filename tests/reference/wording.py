"""What denials and advice say: steps 12 to 14 of ``docs/reference/decisions.md``, as a program."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scopeguard.documents.schema import PolicyDoc
from scopeguard.model.codes import STANDARD_CODES
from scopeguard.semantics.timestamps import timestamp_text
from tests.reference.gates import Facts, Gate
from tests.reference.values import NoValue
from tests.reference.vocabulary import Vocabulary, union


@dataclass(frozen=True)
class Words:
    """The words of one denial or one advice."""

    permission: str
    facts: Facts
    needed: tuple[str, ...] = ()
    gates: Sequence[Gate] = ()
    barred: frozenset[str] = frozenset()

    @property
    def meter(self) -> str | None:
        """The meter or bucket of the first gate that has one."""
        return next((name for gate in self.gates if (name := gate.doc.entitlement or gate.doc.fair_use)), None)

    @property
    def providers(self) -> tuple[str, ...]:
        """The kinds that the gates ask for and that are not ready."""
        kinds = dict.fromkeys(kind for gate in self.gates for kind in gate.doc.provider or ())
        return tuple(kind for kind in kinds if self.said("providers", kind, "string") != "ready")

    @property
    def retry_at(self) -> datetime | None:
        """When the meter of the first gate that has one resets."""
        place = next((gate.place for gate in self.gates if gate.doc.entitlement or gate.doc.fair_use), None)
        found: datetime | None = None if place is None else self.said(place, "resets_at", "timestamp")
        return found

    def said(self, place: str, name: str, declared: str) -> Any:
        """A fact, or None where it is none of its type."""
        try:
            return self.facts.said(place, name, declared)
        except NoValue:
            return None


class Registry:
    """The codes of a pack: what they say."""

    def __init__(self, documents: Sequence[PolicyDoc], words: Vocabulary) -> None:
        self.own = union(document.recovery for document in documents)
        self.meters = union(document.meters for document in documents)
        self.words = words

    def status(self, code: str) -> int:
        """The HTTP status of a code."""
        standard = STANDARD_CODES[code].status if code in STANDARD_CODES else 403
        return int(self.own[code].status or standard if code in self.own else standard)

    def text(self, code: str, words: Words, *, fits: Callable[[str], bool] | None = None) -> str | None:
        """What a code says; *fits* tells whether a condition is true, where a rule gave the code."""
        if code not in self.own:
            template = STANDARD_CODES[code].remedy
        else:
            doc = self.own[code]
            circumstances = [each for each in doc.remedies or () if fits is not None and fits(each.when)]
            remedy = circumstances[0] if circumstances else doc.remedy
            template = None if remedy is None else remedy.text
        if template is None:
            return None
        for name, word in self.placeholders(words).items():
            template = template.replace(f"{{{name}}}", word)
        return str(template)

    def nameable(self, permission: str) -> str:
        """A permission or, of one that is internal, a scope that grants it; else the surface."""
        surface = permission.partition(":")[0]
        internal = surface in self.words.surfaces and self.words.internal(permission)
        return self.words.least_scope(permission) or surface if internal else permission

    def placeholders(self, words: Words) -> Mapping[str, str]:
        """What stands for each name in braces."""
        pays = any(gate.doc.payment for gate in words.gates)
        grace = words.said("payment", "grace_until", "timestamp") if pays else None
        meter = words.meter
        return {
            "needed": " ".join(words.needed) or self.nameable(words.permission),
            "surface": words.permission.partition(":")[0],
            "permission": words.permission,
            "roles": named(sorted(name for name in self.words.roles if name not in words.barred
                                  and {*words.needed} <= set.union(*self.words.by_role[name]))),
            "meter": "usage" if meter is None else self.meters[meter].title or meter,
            "kinds": ", ".join(words.providers) or "provider",
            "resets_at": "the next reset" if words.retry_at is None else timestamp_text(words.retry_at),
            "grace_until": "further notice" if grace is None else timestamp_text(grace),
        }  # fmt: skip


def named(roles: Sequence[str]) -> str:
    """Three roles at most, and how many more there are."""
    listed = ", ".join(roles[:3]) or "none yet"
    return listed if len(roles) <= 3 else f"{listed} and {len(roles) - 3} more"
