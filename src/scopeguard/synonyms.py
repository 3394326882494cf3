"""Words of other languages and products, and ours for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_THEIRS: Final[Mapping[str, str]] = MappingProxyType({
    # Roots of names, and kinds of principals.
    "principal": "user subject actor identity caller account usr",
    "context": "request req ctx env environment session",
    "resource": "object obj target record entity",
    "member": "user human person employee",
    "api_key": "key token apikey service_account client",
    "session": "end_user visitor cookie",
    "system": "service job cron worker machine daemon",
    "anonymous": "guest public nobody unauthenticated",
    # Fields.
    "now": "time timestamp date datetime current_time today clock",
    "kind": "type kind_of principal_type",
    "surface": "type resource_type class",
    "roles": "role groups group",
    "scopes": "scope permissions grants claims",
    "id": "user_id uid sub uuid",
    "workspace": "tenant tenant_id workspace_id org org_id organization team_id",
    "rank": "level priority",
    "ip": "ip_address remote_addr client_ip address source_ip",
    "channel": "source origin client",
    "environment": "env stage",
    "facts": "data state",
    "action": "verb method act",
    "operation": "op",
    # Functions.
    "size": "len length count sizeof",
    "startsWith": "starts_with beginsWith hasPrefix has_prefix startswith",
    "endsWith": "ends_with hasSuffix has_suffix endswith",
    "lowerAscii": "lower toLower toLowerCase to_lower lowercase lowerCase downcase",
    "upperAscii": "upper toUpper toUpperCase to_upper uppercase upperCase upcase",
    "trim": "strip trimSpace",
    "exists": "any some anyMatch",
    "all": "every forall forAll allMatch",
    "filter": "where select",
    "matches": "match regex re_match regexMatch test search",
    "indexOf": "index find",
    "sort": "sorted order orderBy sortBy sort_by",
    "distinct": "unique uniq dedupe toSet",
    "flatten": "flat flat_map flatMap",
    "reverse": "reversed",
    "slice": "sublist subList",
    "lists.range": "range",
    "math.abs": "abs",
    "math.greatest": "max",
    "math.least": "min",
    "math.round": "round",
    # Types of attributes.
    "string": "str text varchar char String uuid url email enum",
    "int": "integer number long int64 Int bigint",
    "uint": "unsigned uint64",
    "double": "float number decimal real float64 numeric",
    "bool": "boolean Bool Boolean bit flag",
    "timestamp": "datetime date time instant DateTime",
    "duration": "timedelta interval timespan",
    "list(string)": "list array set strings tuple list[str] string[] list(str) list(text) array(string)",
    "list(int)": "list[int] int[] list(integer) list(number) array(int)",
    "list(bool)": "list[bool] bool[] list(boolean)",
    "list(double)": "list[float] float[] list(float) list(decimal)",
    "list(timestamp)": "list(datetime) list(date) list(time)",
    "list(cidr)": "networks list(network)",
    "list(role)": "roles list(roles) role[]",
    "list(scope)": "scopes list(scopes)",
    "list(channel)": "channels list(channels)",
    "map(string, dyn)": "map dict object json struct record dict[str,any] map(string,dyn)",
    "map(string, string)": "map(string,string) map(str,str) dict[str,str]",
    "dyn": "any Any unknown mixed",
    "bytes": "binary blob bytestring",
    "cidr": "network subnet",
    # Environments.
    "development": "dev devel",
    "staging": "stage stg preprod",
    "production": "prod prd live prodn",
    "preview": "staging stage preprod dev development draft pre",
    "test": "testing tst qa sandbox dev development staging ci",
    # Parts of files.
    "on": "actions action resources resource targets target permissions",
    "when": "condition if where",
    "unless": "except if_not",
    "kinds": "principals subjects principal subject kind",
    "effect": "decision result",
    "because": "description reason why comment",
    "allow": "permit grant accept",
    "deny": "forbid block reject refuse",
    "advise": "warn notify",
})  # fmt: skip
"""By a word of ours, its synonyms elsewhere. Of several of ours the one above is the likelier."""

HINTS: Final[Mapping[str, str]] = MappingProxyType({
    "holds": "only conditions of a pack ask who holds what",
    **dict.fromkeys(("includes", "has_key", "containsKey", "contains_key"),
                    "write x in list, and for a part of a text text.contains(…)"),
    **dict.fromkeys(("hasRole", "has_role", "inRole", "is_role"), 'write "owner" in principal.roles'),
    **dict.fromkeys(("hasPermission", "has_permission", "can", "hasScope", "has_scope", "is_allowed", "allowed"),
                    'write holds("surface:action")'),
    **dict.fromkeys(("now", "utcnow", "getTime", "current_timestamp"), "read context.now"),
    **dict.fromkeys(("True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), "write true"),
    **dict.fromkeys(("False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), "write false"),
    **dict.fromkeys(("list", "set", "tuple", "array"), "leave it out, or write a list as [a, b]"),
    **dict.fromkeys(("None", "nil", "Null", "NULL", "undefined"),
                    "ask with has(a.b), or !has(a.b), whether a value is there"),
    **dict.fromkeys(("defined", "isset", "is_defined", "isPresent", "isNull", "is_null"), "write has(a.b)"),
    **dict.fromkeys(("isEmpty", "is_empty", "empty"), "write size(x) == 0"),
    **dict.fromkeys(("append", "concat", "push"), "write a + b"),
    **dict.fromkeys(("hasIntersection", "has_intersection", "intersects", "containsAny", "intersect"),
                    "write sets.intersects(a, b)"),
    **dict.fromkeys(("isSubset", "is_subset", "containsAll", "isSuperset"), "write sets.contains(all, some)"),
    **dict.fromkeys(("except", "difference"), "write a.filter(x, !(x in b))"),
    **dict.fromkeys(("extract", "capture"), "write regex.extract(text, pattern)"),
    **dict.fromkeys(("iif", "ifelse", "cond"), "write test ? one : other"),
    **dict.fromkeys(("coalesce", "default", "nvl", "getOrDefault", "get"), "write a.?b.orValue(c)"),
})  # fmt: skip
"""What to write for names and functions of elsewhere that have none here."""


@lru_cache(maxsize=1)
def _ours() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for ours, theirs in _THEIRS.items():
        for word in theirs.split():
            found[word] = (*found.get(word, ()), ours)
    return MappingProxyType(found)


def meant(word: str) -> tuple[str, ...]:
    """Our words for one of elsewhere, the likelier first; in a dotted name its last part."""
    head, dot, last = word.rpartition(".")
    return tuple(f"{head}{dot}{ours}" for ours in _ours().get(last, ()))
