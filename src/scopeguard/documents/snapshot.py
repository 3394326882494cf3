"""All files of a pack as they were at one moment, or none of them.

What a service reads may be changed while it is read: a folder is filled anew, a link is turned to the next release.
Each link is read once, so that no file is taken of one release and the next file of another. Names, links, sizes,
inodes and times are looked at before and after reading; where they differ, all is read again.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from scopeguard.documents.files import CHANGED, Listing, PolicyFile, read_file
from scopeguard.documents.look import TICK, Look
from scopeguard.errors import Diagnostic
from scopeguard.limits import MAX_READINGS
from scopeguard.source import Source

_HINT = "write the files elsewhere and put them in place by one rename"


class Snapshot(NamedTuple):
    """The texts of a listing's files and of its others, each once, or why one is refused; and why paths are."""

    findings: tuple[Diagnostic, ...] = ()
    texts: tuple[tuple[PolicyFile, Source | Diagnostic], ...] = ()
    others: tuple[Source | Diagnostic, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything could be read."""
        texts = (*(text for _, text in self.texts), *self.others)
        return not self.findings and not any(isinstance(text, Diagnostic) for text in texts)


def take(listed: Callable[[Look], Listing]) -> Snapshot:
    """The files that *listed* finds, all as they were at one moment.

    Where they do not hold still for as long as that takes, a few times over, the only finding is SG117.
    """
    before: object = None
    name = "<pack>"
    for _ in range(MAX_READINGS):
        look = Look()
        listing = listed(look)
        name = next((file.name for file in listing.files), name)
        if look.is_settled():
            taken = Snapshot(
                tuple(listing.findings),
                tuple((file, read_file(file, look)) for file in listing.files),
                tuple(read_file(file, look) for file in listing.others),
            )
            if look.is_unchanged():
                # What changed just now may change again without its time telling, and what is missing may be about to
                # come: both are believed when they are the same a tick later.
                if taken.is_whole and not look.is_fresh():
                    return taken
                seen = (taken, look.marks)
                if seen == before:
                    return taken
                before = seen
        time.sleep(TICK)
    return Snapshot((Diagnostic("SG117", name, 1, 1, CHANGED, _HINT),))
