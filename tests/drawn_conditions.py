"""Conditions over what generated packs declare, a few for each function of the language.

Some ask of values that are of another type or out of range, now and then or always: those have no value, and a rule
that depends on one has to show it.
"""

from importlib.util import find_spec

PATTERNS: tuple[str, ...] = (
    'resource.owner.matches("^[px]1?$")', 'matches(resource.owner, "(1|k)")', 'resource.id.matches("^[xX]1+$")', 'resource.any.matches("^x")',
    "resource.owner.matches(resource.any)", 'principal.kind.matches("^(session|system)$")',
    "resource.tags.exists(t, t.matches(resource.owner))", 'regex.extract(resource.owner, "^([px])1?").orValue("") == "p"',
    'regex.extract(resource.owner, "[a-z]+").hasValue()', 'regex.extract(resource.owner, "x(.*)").hasValue()',
) if find_spec("re2") else ()  # fmt: skip
"""What a pack may ask only where google-re2 is installed."""
TEXTS = (
    *PATTERNS,
    'resource.owner.split("") == ["p", "1"]', 'context.ip.split(".", 2)[1] == "1.2.3"', 'size(context.ip.split(":")) > 3', 'resource.tags.join("-") == "x-y"',
    'resource.any.join() == "x"', 'resource.owner.substring(1) == "1"', 'resource.owner.substring(0, resource.size) == "p"', 'resource.owner.charAt(1) == "1"',
    'resource.owner.charAt(resource.size) != ""', 'resource.owner.indexOf("1") == 1', 'resource.owner.indexOf("1", resource.size) > 0',
    'resource.id.lastIndexOf("1") == 2', 'resource.owner.lastIndexOf("", resource.size) == 1', 'resource.owner.replace("1", "") == principal.id',
    'context.ip.replace(".", "", resource.size) == "101.2.3"', 'resource.id.upperAscii() == "X1"', 'resource.id.lowerAscii() in ["x1", "x11"]',
    '(" " + resource.owner + "\\t").trim() == principal.id', 'strings.quote(resource.owner) == "\\"x\\""', 'principal.id.reverse() == "1p"',
    '"%s:%d".format([resource.owner, resource.size]) == "x:1"', '"%s".format([resource.any]) == "[1, x]"', '"%d %.1f".format([resource.any, context.ratio]) == "1 1.0"',
    'base64.encode(bytes(resource.owner)) == "eA=="', 'base64.decode(resource.owner + "A==") == b"\\xc4"', 'bytes(resource.owner) < b"x"', "size(bytes(context.ip)) > 8",
    'resource.any.charAt(0) == "x"', 'context.labels.map(t, t.upperAscii()) == ["X"]',
)  # fmt: skip
NUMBERS = (
    'string(resource.size) == "1"', 'int("1" + resource.owner) == 1', "int(context.ratio) == 0", "uint(resource.size) == context.facts.seats", "uint(context.ratio) == 1u",
    "double(resource.size) > context.ratio", "double(resource.any) == 1.0", 'bool("t" + resource.owner)', "int(context.facts.seats) == resource.size",
    'string(context.ratio) == "0.75"', "type(resource.any) == string", "type(resource.any) == type(context.facts.thing)", "type(context.facts.thing) == list",
    "type(principal.extra) == google.protobuf.Timestamp", "int(context.facts.thing) > 0", "math.abs(resource.size) == 1", "math.greatest(resource.size, principal.level) > 1",
    "math.least(resource.size, context.ratio, 1u) < 1", "math.greatest(resource.any) == 1", "math.sqrt(resource.size) == 1.0", "math.round(context.ratio) == 1.0",
    "math.ceil(context.ratio) == 1.0", "math.floor(-context.ratio) == -1.0", "math.trunc(context.ratio) == 0.0", "math.sign(resource.size) == -1",
    "math.isFinite(resource.any)", "math.isNaN(resource.any) || math.isInf(resource.any)", "math.bitAnd(resource.size, 3) == 2", "math.bitOr(resource.size, 1) == 1",
    "math.bitXor(context.facts.seats, 1u) == 0u", "math.bitNot(resource.size) == -2", "math.bitShiftLeft(1, resource.size) == 2", "math.bitShiftRight(resource.size, 1) > 4",
    "[resource.size, principal.level].sort()[0] < 1", "resource.any.sort().first().hasValue()",
)  # fmt: skip
TIMES = (
    "context.now.getHours() == 12", 'context.now.getHours("Europe/Zurich") == 13', 'context.now.getMinutes("+01:30") == 30', "context.now.getFullYear() == 2026",
    "context.now.getMonth() == 2", "context.now.getDate() == 1 && context.now.getDayOfMonth() == 0", "context.now.getDayOfWeek() == 0", "context.now.getDayOfYear() == 59",
    "context.now.getSeconds() + context.now.getMilliseconds() == 0", "context.facts.since.getHours() == 10", 'context.facts.since.getHours("Asia/Tokyo" + resource.owner) == 19',
    "context.facts.wait.getHours() == 1", "context.facts.wait.getMinutes() == -60", "context.facts.wait.getSeconds() > 0", "context.facts.wait.getMilliseconds() == 0",
    'context.facts.since == timestamp("2026-03-01T12:00:00Z")', 'context.now - duration("90m") == context.facts.since', 'timestamp("2026-03-01T12:00:00Z" + resource.owner) == context.now',
    'duration(resource.owner + "1h") == duration("1h")', 'string(context.facts.since).endsWith("10:30:00Z")', 'string(context.facts.wait) == "3600s"',
    "int(context.facts.since) >= int(context.now)", "timestamp(resource.size) < context.now", "int(context.facts.wait) > 0", "duration(resource.size) > context.facts.wait",
    "context.facts.times.exists(t, t.getDayOfWeek() == 6)", "resource.holder.home.since.getFullYear() == 2026", "context.facts.thing.getHours() == 12",
    "timestamp(context.facts.thing) == context.now",
)  # fmt: skip
ABSENT = (
    'resource.?owner.orValue("x") == "x"', "resource.?owner.hasValue()", "context.?peer.hasValue()", 'resource.?holder.name.orValue("x") == "x"',
    "resource.holder.?blocked.orValue(false)", "resource.?holder.hasValue()", "resource.?holder.home.level.orValue(1) > 0", "context.facts.more.?k.orValue(1) == 1",
    'context.facts.more[?"k"].hasValue()', 'resource.tags[?0].orValue("x") == "x"', "resource.tags[?resource.size].hasValue()", '[?resource.?owner, "y"] == ["x", "y"]',
    '{?"x": resource.?size} == {"x": 1}', 'resource.tags.first() == optional.of("x")', 'resource.tags.last().value() == "y"', "resource.?size.optMap(n, n + 1).orValue(0) == 2",
    "resource.?size.optFlatMap(n, resource.tags[?n]).hasValue()", 'resource.?owner.or(principal.?team).orValue("") == "x"', "optional.ofNonZeroValue(resource.size).hasValue()",
    'optional.unwrap([resource.?owner, principal.?team]) == ["x"]', '[resource.?owner, optional.none()].unwrapOpt() == ["x"]', "resource.any.?k.hasValue()",
    "has(resource.?any.k)", "optional.of(resource.any) == optional.of(resource.size)", "resource.?any.orValue(resource.locked)",
)  # fmt: skip
NAMED = (
    "cel.bind(r, principal.roles, size(r) > 1)", "cel.bind(n, principal.rank, n >= 10)", "principal.roles.exists(i, r, i > 0 && r in principal.assignable_roles)",
    'size(principal.roles.join(",")) > 5', "math.greatest(principal.rank, 10) == 10", "principal.roles.first().hasValue()", "string(principal.rank).size() > 1",
    "optional.of(principal.rank).orValue(0) < 10", "cel.bind(n, resource.size, n * n == n)", 'cel.bind(h, resource.holder, h.name == "x")', 'resource.tags.exists(i, t, i > 0 && t == "y")', "resource.tags.all(i, t, i < resource.size)",
    "context.facts.each.existsOne(k, v, v > 0)", 'context.facts.each.transformMap(k, v, v > 0, v - 1) == {"k": 0}', 'context.facts.each.transformMapEntry(k, v, {v: k}) == {1: "k"}',
    'resource.tags.transformList(i, t, t + string(i)) == ["x0"]', "context.facts.each.transformList(k, v, v > 0, k).size() == 1", 'resource.any.exists(k, v, v == "x")',
)  # fmt: skip
RECORDS = (
    '"name" in resource.holder', "resource.id in resource.holder", "size(resource.holder) > 1", '"trusted" in context.device', 'resource.holder.exists(k, k == "name")',
    '"good" in context.facts.customer', 'resource.holder["na" + "me"] == "x"', '"level" in resource.holder.home', "resource.holder.home == {}", "{} == resource.holder",
    "resource.?holder.orValue({}) == {}", "resource.holder.all(k, v, v != false)", "context.?device.optMap(d, size(d)).orValue(0) == 1",
)  # fmt: skip
NETWORKS = (
    'cidr("10.0.0.0/8").containsCIDR(resource.nets[0])', 'resource.nets[0].containsCIDR("10.1.0.0/16")', "resource.nets[0].prefixLength() == 8", "resource.nets[0].masked() == resource.nets[0]",
    "resource.nets.exists(n, n.ip() == context.peer)", "context.peer.isGlobalUnicast()", "context.peer.isLinkLocalUnicast() || context.peer.isLinkLocalMulticast()",
    "context.peer.isLoopback() || context.peer.isUnspecified()", "isIP(context.ip)", 'isCIDR(context.ip + "/8")', "ip.isCanonical(context.ip)", "ip(context.ip) == context.peer",
    'cidr(context.ip + "/8").containsIP(context.peer)', 'string(context.peer) == "10.1.2.3"', "string(resource.nets[0]) == resource.owner", "resource.nets.first().hasValue()",
)  # fmt: skip
DRAWN: tuple[tuple[str, ...], ...] = (TEXTS, NUMBERS, TIMES, ABSENT, NAMED, RECORDS, NETWORKS)
"""By what they are about."""
