"""Prints the milliseconds that loading a pack takes: the shipped one, or the folder that is named last.

Folders named before it are loaded first and are not timed, so that what reads policies is imported by then.
"""

import sys
import time

from scopeguard import Guard

packs = sys.argv[1:]
for pack in packs[:-1]:
    Guard.load(pack)
started = time.process_time()
guard = Guard.load(packs[-1]) if packs else Guard.default()
print((time.process_time() - started) * 1e3)
