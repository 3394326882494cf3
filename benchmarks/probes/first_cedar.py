"""The first decision of a process, by Cedar: a file with policies, one with entities, one with the request."""

import json
import sys
from pathlib import Path

import cedarpy

policies, entities, request = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
parsed = cedarpy.PolicySet.from_str(policies)
known = cedarpy.Entities.from_json_str(entities)
assert cedarpy.is_authorized(json.loads(request), parsed, known).allowed
