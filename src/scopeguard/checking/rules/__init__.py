"""What may be wrong with a pack, one concern a file: a generator from the parsed pack to its findings.

A new check goes into a file of its own, and into ``PASSES`` of ``scopeguard.checking``.
"""
