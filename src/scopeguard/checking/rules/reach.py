"""SG302 and SG308: explicit-only surfaces are reached by name alone, and every pattern reaches something."""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from scopeguard.checking.catalog_builder import keys_may_hold
from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack, PatternUse, Use
from scopeguard.documents.entries import Layer
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.syntax.requirement import Pattern

_SHOWN: Final = 3


def check_reach(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Patterns that reach too far, or nowhere."""
    reach = _Reach(parsed.pack, parsed.catalog)
    for place in parsed.places:
        pattern = place.pattern
        # The base applies to whatever surfaces there are: to none, in a pack that has none yet.
        if pattern is None or place.entry.document.layer is Layer.BASE:
            continue
        # What is not known is reported as that.
        named = (("surfaces", pattern.surface), ("groups", pattern.group), ("action_groups", pattern.action_group))
        is_known = all(name is None or parsed.names.knows(kind, name) for kind, name in named)
        if is_known and (pattern.surface is None or pattern.action_group is not None):
            yield from reach.wildcard(place, pattern)
        if pattern.surface is not None and place.use is Use.SCOPE:
            yield from reach.named_surfaces(place, pattern.surface)


class _Reach:
    def __init__(self, pack: Pack, catalog: Catalog) -> None:
        self.catalog = catalog
        self.complete = pack.complete and not pack.broken["surfaces"]
        self.actions = {action for surface in catalog.surfaces.values() for action in surface.actions}
        self.scoped = {
            name: surface for name, surface in catalog.surfaces.items() if keys_may_hold(surface.holdable_by)
        }
        of_roles = {
            name: replace(surface, actions=surface.open_actions) if surface.internal else surface
            for name, surface in catalog.surfaces.items()
        }
        self._surfaces = {Use.SCOPE: self.scoped, Use.MEMBER: of_roles, Use.ROLE: of_roles}
        """What patterns reach where that is not all that there is."""
        self._nothing: dict[tuple[Pattern, Use], tuple[str, ...] | None] = {}

    def named_surfaces(self, place: PatternUse, name: str) -> Iterator[Diagnostic]:
        """A declared scope that spells a surface which no declared scope may reach."""
        surface = self.scoped.get(name)
        if surface is not None and not surface.coarse:
            message = f"scope {quoted(place.entry.name)} reaches the explicit-only surface {quoted(name)}"
            own = next(
                (f'a key holds "{name}:{action}" itself or not at all' for action in surface.open_actions), _BY_RULES
            )
            hint = f"leave it out; {own}"
            yield finding(place.entry, place.path, "SG302", message, hint)

    def wildcard(self, place: PatternUse, pattern: Pattern) -> Iterator[Diagnostic]:
        """A pattern over all surfaces, over a group of them or of actions, that reaches none."""
        missed = self._missed(pattern, place.use)
        # An action that no surface has is reported as unknown, not as a pattern without a match.
        if missed is None or not self.complete or not (pattern.actions or set()) <= self.actions:
            return
        if missed:
            word = "wildcard" if pattern.is_wildcard else "group"
            message = f"{quoted(place.text)} stands for explicit-only surfaces alone, which no {word} reaches"
            hint = _OWN_SCOPES if place.use is Use.SCOPE else f"spell them: {_spelled(missed, pattern)}"
            yield finding(place.entry, place.path, "SG302", message, hint)
        else:
            by_group = _ANOTHER_GROUP if pattern.action_group is None else _OTHER_ACTIONS
            hint = _WIDER[place.use] if pattern.is_wildcard and pattern.action_group is None else by_group
            yield finding(place.entry, place.path, "SG308", f"{quoted(place.text)} matches nothing", hint)

    def _missed(self, pattern: Pattern, use: Use) -> tuple[str, ...] | None:
        """What an empty wildcard would have reached by name; None where it reaches something."""
        if (pattern, use) not in self._nothing:
            reached = self._surfaces.get(use, self.catalog.surfaces)
            found = expand_pattern(pattern, reached, wildcard_reaches_all=use is Use.DENY)
            beyond = expand_pattern(pattern, reached, wildcard_reaches_all=True)
            self._nothing[pattern, use] = None if found else beyond
        return self._nothing[pattern, use]


_ANOTHER_GROUP: Final = "name a group of surfaces with that action, or spell the surface"
_OTHER_ACTIONS: Final = "nothing that it reaches has an action of that group; spell the actions"
_BY_RULES: Final = "what is internal there is for rules to give"
_OWN_SCOPES: Final = "no declared scope may reach them; a key holds their own scopes or none"

_WIDER: Final = {
    Use.SCOPE: "mark a surface coarse: true, or leave the pattern out",
    Use.MEMBER: "mark a surface coarse: true, or spell the surface",
    Use.ROLE: "mark a surface coarse: true, or spell the surface",
    Use.ALLOW: "mark a surface coarse: true, or spell the surface",
    Use.DENY: "declare a surface in the catalog",
}


def _spelled(permissions: Iterable[str], pattern: Pattern) -> str:
    names = list(dict.fromkeys(permission.partition(":")[0] for permission in permissions))
    actions = str(pattern).partition(":")[2]
    shown = ", ".join(f'"{name}:{actions}"' for name in names[:_SHOWN])
    return f"{shown}, …" if len(names) > _SHOWN else shown
