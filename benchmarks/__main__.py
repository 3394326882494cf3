"""``python -m benchmarks``: every benchmark, answers asserted before anything is timed."""

from benchmarks.request_checks import main

main()
