"""Prints as JSON the nanoseconds a request that the first requests ever of a population take, by engine."""

import json
import sys

from benchmarks.populations import once, population

who, asked = population(sys.argv[1]), int(sys.argv[2])
print(json.dumps({engine: values[0] for engine, values in once(who.engines, [who.first[:asked]]).items()}))
