"""A generated pack: as many roles and surfaces as one likes, thirty actions on each surface. Seeded."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from benchmarks.domain import SEED

ACTIONS = 30
SURFACES_HELD, ACTIONS_HELD = 5, 6
"""A role holds so many actions on so many surfaces."""
A_FILE = 100
"""Surfaces or roles in one file: one may have a mebibyte."""
CHANNELS = tuple(f"channel_{number}" for number in range(8))
ENVIRONMENTS = tuple(f"environment_{number}" for number in range(8))
TABS = 8


@dataclass(frozen=True)
class BigPack:
    """The pack of *roles* by *surfaces*.

    Every tenth surface denies what is locked, and lets the owner do its first action, whatever the roles: both are
    told by the resource. The last of the channels is closed to all.
    """

    roles: int
    surfaces: int

    @cached_property
    def permissions(self) -> list[str]:
        """All of them, in order."""
        return [f"surface_{number}:act_{action}" for number in range(self.surfaces) for action in range(ACTIONS)]

    @cached_property
    def held(self) -> dict[str, list[str]]:
        """What each role holds."""
        chosen = random.Random(SEED)
        return {
            f"role_{number}": [
                f"surface_{surface}:act_{action}"
                for surface in sorted(chosen.sample(range(self.surfaces), min(SURFACES_HELD, self.surfaces)))
                for action in sorted(chosen.sample(range(ACTIONS), ACTIONS_HELD))
            ]
            for number in range(self.roles)
        }

    @cached_property
    def held_by(self) -> dict[str, frozenset[str]]:
        """Of each permission the roles that hold it."""
        found: dict[str, set[str]] = {permission: set() for permission in self.permissions}
        for role, permissions in self.held.items():
            for permission in permissions:
                found[permission].add(role)
        return {permission: frozenset(roles) for permission, roles in found.items()}

    @staticmethod
    def is_conditional(permission: str) -> bool:
        """Whether it is of a surface with rules of its own."""
        return int(permission.partition(":")[0].removeprefix("surface_")) % 10 == 0

    def role_sets(self, count: int, least: int, most: int) -> list[list[str]]:
        """So many sets of *least* to *most* roles, no two of them the same."""
        chosen, roles = random.Random(SEED), list(self.held)
        found: dict[tuple[str, ...], None] = {}
        while len(found) < count:
            found[tuple(sorted(chosen.sample(roles, chosen.randint(least, most))))] = None
        return [list(each) for each in found]

    def files(self) -> Iterator[str]:
        """The texts of its files."""
        yield "".join([
            "scopeguard: 1\ncatalog:\n",
            f"  channels: [{', '.join(CHANNELS)}]\n  environments: [{', '.join(ENVIRONMENTS)}]\n  permissions:\n",
            *(f'    tab_{tab}.view: {{grants: ["surface_{tab}:act_1"]}}\n' for tab in range(TABS)),
            "settings:\n  settings:\n",
            *(f"    - {{id: tab_{tab}, title: Tab, view: tab_{tab}.view}}\n" for tab in range(TABS)),
            "rules:\n",
            '  - {id: closed, effect: deny, on: ["*:*"], stage: channel, code: credential_channel_forbidden,',
            f" channels: [{CHANNELS[-1]}]}}\n",
        ])  # fmt: skip
        for start in range(0, self.surfaces, A_FILE):
            numbers = range(start, min(start + A_FILE, self.surfaces))
            actions = ", ".join(f"act_{action}" for action in range(ACTIONS))
            yield "".join([
                "scopeguard: 1\ncatalog:\n  surfaces:\n",
                *(
                    f"    surface_{i}: {{actions: [{actions}], coarse: false, qualifiable: true,"
                    " attributes: {owner: string, locked: bool}}\n"
                    for i in numbers
                ),
                "rules:\n",
                *(
                    f'  - {{id: owner.{i}, effect: allow, on: ["surface_{i}:act_0"], kinds: [member],'
                    " when: resource.owner == principal.id}\n"
                    f'  - {{id: locked.{i}, effect: deny, on: ["surface_{i}:*"],'
                    " when: 'has(resource.locked) && resource.locked', code: not_permitted}\n"
                    for i in numbers if i % 10 == 0
                ),
            ])  # fmt: skip
        roles = list(self.held.items())
        for start in range(0, self.roles, A_FILE):
            yield "scopeguard: 1\nroles:\n" + "".join(
                f"  {role}: {{holds: {json.dumps(permissions)}}}\n"
                for role, permissions in roles[start : start + A_FILE]
            )
