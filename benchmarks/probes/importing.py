"""Prints the milliseconds that importing the modules named takes."""

import sys
import time

started = time.process_time()
for name in sys.argv[1:]:
    __import__(name)
print((time.process_time() - started) * 1e3)
