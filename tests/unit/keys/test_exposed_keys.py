"""Keys where they must not be: requests of browsers, and texts that others can read."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Location, RequestError
from scopeguard.keys import ExposedKey, Headers, browser_signals, build_key, checksum, find_keys
from scopeguard.keys.key_format import MAX_SCANNED_TEXT

SECRET = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5"
KEY = build_key("hyp", "k7Q", SECRET, environment="live")
PLAIN = build_key("hyp", "0042", SECRET[::-1])
BEARER = {"Authorization": f"Bearer {KEY}"}

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
EDGE = f"{CHROME} Edg/126.0.0.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
SAFARI_12 = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Safari/605.1.15"
ANDROID_VIEW = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A.230803.041; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36"
IOS_VIEW = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
)
IE_11 = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"
POWERSHELL = "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4522"
APPS_SCRIPT = "Mozilla/5.0 (compatible; Google-Apps-Script; beanserver; +https://script.google.com; id: UAEmdDd)"

EVERY = ("origin", "sec_fetch", "user_agent")

BROWSERS: dict[str, tuple[Headers, tuple[str, ...]]] = {
    "Chrome, fetch to another site": (
        {
            "Host": "api.example.com",
            "Connection": "keep-alive",
            "sec-ch-ua": '"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"',
            "sec-ch-ua-mobile": "?0",
            "sec-ch-ua-platform": '"Windows"',
            "User-Agent": CHROME,
            "Content-Type": "application/json",
            "Accept": "*/*",
            "Origin": "https://shop.example.org",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
            "Referer": "https://shop.example.org/",
            "Accept-Encoding": "gzip, deflate, br, zstd",
            "Accept-Language": "en-US,en;q=0.9",
        },
        EVERY,
    ),
    "Chrome, GET to its own site, over HTTP/2": (
        [
            (":method", "GET"),
            (":authority", "app.example.com"),
            ("sec-ch-ua-mobile", "?0"),
            ("user-agent", CHROME),
            ("accept", "*/*"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("referer", "https://app.example.com/"),
        ],
        ("sec_fetch", "user_agent"),
    ),
    "Chrome, a script that sets a User-Agent of its own": (
        {"User-Agent": "my-sdk/1.0", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": "null"},
        ("origin", "sec_fetch"),
    ),
    "Edge, a form": (
        {
            "User-Agent": EDGE,
            "Origin": "https://shop.example.org",
            "Upgrade-Insecure-Requests": "1",
            "Sec-Fetch-Site": "same-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-User": "?1",
            "Sec-Fetch-Dest": "document",
        },
        EVERY,
    ),
    "Firefox, fetch to another site": (
        {
            "Host": "api.example.com",
            "User-Agent": FIREFOX,
            "Accept": "*/*",
            "Accept-Language": "en-US,en;q=0.5",
            "Accept-Encoding": "gzip, deflate, br",
            "Origin": "https://shop.example.org",
            "Connection": "keep-alive",
            "Sec-Fetch-Dest": "empty",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "cross-site",
        },
        EVERY,
    ),
    "Firefox, over plain HTTP, which has no Fetch Metadata": (
        {"Host": "api.internal", "User-Agent": FIREFOX, "Accept": "*/*", "Origin": "http://dashboard.internal"},
        ("origin", "user_agent"),
    ),
    "Safari 17": (
        {
            "Accept": "*/*",
            "Origin": "https://shop.example.org",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
            "User-Agent": SAFARI,
        },
        EVERY,
    ),
    "Safari 12, GET to its own site": ({"Accept": "*/*", "User-Agent": SAFARI_12}, ("user_agent",)),
    "Android WebView": (
        {
            "User-Agent": ANDROID_VIEW,
            "X-Requested-With": "com.example.shop",
            "Sec-Fetch-Site": "none",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
        ("sec_fetch", "user_agent"),
    ),
    "WKWebView, a page from a file": ({"Origin": "null", "User-Agent": IOS_VIEW, "Accept": "*/*"}, ("origin", "user_agent")),
    "Internet Explorer 11": ({"User-Agent": IE_11, "Accept": "*/*"}, ("user_agent",)),
    "A preflight": (
        {"Origin": "https://shop.example.org", "Access-Control-Request-Headers": "authorization", "User-Agent": "x"},
        ("origin",),
    ),
}  # fmt: skip

SERVERS: dict[str, Headers] = {
    "curl": {"Host": "api.example.com", "User-Agent": "curl/8.7.1", "Accept": "*/*"},
    "python-requests": {
        "User-Agent": "python-requests/2.32.3",
        "Accept-Encoding": "gzip, deflate",
        "Accept": "*/*",
        "Connection": "keep-alive",
    },
    "httpx": [
        ("host", "api.example.com"),
        ("accept", "*/*"),
        ("accept-encoding", "gzip, deflate"),
        ("connection", "keep-alive"),
        ("user-agent", "python-httpx/0.27.0"),
    ],
    "Go": {"Host": "api.example.com", "User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"},
    "Node.js fetch": {
        "host": "api.example.com",
        "connection": "keep-alive",
        "accept": "*/*",
        "accept-language": "*",
        "sec-fetch-mode": "cors",
        "user-agent": "node",
        "accept-encoding": "gzip, deflate",
    },
    "Node.js fetch, before 21": {"accept": "*/*", "accept-language": "*", "sec-fetch-mode": "cors", "user-agent": "undici"},
    "OkHttp": {"Host": "api.example.com", "Connection": "Keep-Alive", "Accept-Encoding": "gzip", "User-Agent": "okhttp/4.12.0"},
    "Java": {"User-Agent": "Java-http-client/17.0.11", "Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c"},
    "An iOS app": {"User-Agent": "Shop/412 CFNetwork/1496.0.7 Darwin/23.5.0", "Accept-Language": "en-GB,en;q=0.9"},
    "A sender of webhooks": {
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": "t=1718000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
        "Cache-Control": "no-cache",
        "Accept": "*/*; q=0.5, application/xml",
    },
    "PowerShell": {"User-Agent": POWERSHELL, "Host": "api.example.com"},
    "Google Apps Script": {"User-Agent": APPS_SCRIPT, "Accept-Encoding": "gzip, deflate, br"},
    "A WebSocket client": {"Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"},
    "Behind a proxy": {"User-Agent": "Go-http-client/2.0", "X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7"},
    "No header at all": {},
}  # fmt: skip


@pytest.mark.parametrize(("headers", "signals"), BROWSERS.values(), ids=BROWSERS.keys())
def test_browsers_are_seen(headers: Headers, signals: tuple[str, ...]) -> None:
    """Each by what it sends, in one order, with the case of names as it comes."""
    assert browser_signals(headers) == signals
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    for shown in (
        [(name.upper(), value) for name, value in pairs],
        [(name.lower(), value) for name, value in pairs][::-1],
    ):
        assert browser_signals(shown) == signals


@pytest.mark.parametrize("headers", SERVERS.values(), ids=SERVERS.keys())
def test_servers_are_let_be(headers: Headers) -> None:
    """What programs send by themselves is no signal; neither Sec-Fetch-Mode alone nor the word Mozilla is."""
    assert browser_signals(headers) == ()
    assert browser_signals({**dict(headers), **BEARER}, prefix="hyp") == ()


METADATA = [
    ("Sec-Fetch-Site", "none", ("sec_fetch",)),
    ("Sec-Fetch-Dest", "empty", ("sec_fetch",)),
    ("Sec-Fetch-User", "?1", ("sec_fetch",)),
    ("Sec-Fetch-Storage-Access", "active", ("sec_fetch",)),
    ("Sec-Fetch-Mode", "navigate", ()),
    ("X-Sec-Fetch-Site", "none", ()),
]


@pytest.mark.parametrize(("name", "value", "signals"), METADATA)
def test_fetch_metadata(name: str, value: str, signals: tuple[str, ...]) -> None:
    """Each of its headers alone is enough, those to come too; only the mode is not."""
    assert browser_signals({name: value}) == signals


CARRIERS = [
    (f"Bearer {KEY}", True),
    (f"bearer {KEY}", True),
    (f"BEARER   {KEY} ", True),
    (f"Bearer\t{KEY}", True),
    ("Bearer hyp_", True),
    ("Bearer hypo_live_k7Q", False),
    ("Bearer hyp", False),
    ("Bearer eyJhbGciOiJIUzI1NiJ9.e30.hyp_", False),
    (f"Basic {KEY}", False),
    (KEY, False),
    ("Bearer", False),
    ("", False),
]


@pytest.mark.parametrize(("value", "carries"), CARRIERS)
def test_only_requests_with_a_key_matter_where_a_prefix_is_given(value: str, carries: bool) -> None:
    """A session in a browser is where it belongs; a key there is not, however the scheme is written."""
    headers = {"Origin": "https://shop.example.org", "authorization": value}
    assert browser_signals(headers) == ("origin",)
    assert browser_signals(headers, prefix="hyp") == (("origin",) if carries else ())


def test_a_header_sent_twice_counts_once_and_each_value_is_read() -> None:
    """Pairs may repeat a name: one value of a browser, or one key, is enough."""
    pairs = [
        ("User-Agent", "curl/8"),
        ("User-Agent", FIREFOX),
        ("Authorization", "Basic x"),
        ("Authorization", f"Bearer {KEY}"),
    ]
    assert browser_signals(iter(pairs), prefix="hyp") == ("user_agent",)


@pytest.mark.parametrize(
    "headers",
    [
        None, "", b"", "Origin: x", b"Origin: x", 7, ["Origin"], ["ab"], [("Origin",)], [("Origin", "x", "y")], [(b"origin", b"x")],
        {"Origin": ["x"]}, {"Origin": None}, {b"Origin": "x"}, [("Origin", "x"), None],
    ],
)  # fmt: skip
def test_malformed_headers_are_refused(headers: Headers) -> None:
    """Rather than passed over: nothing found has to mean that there is nothing."""
    with pytest.raises(RequestError, match="headers must be"):
        browser_signals(headers)


# Keys in texts.


def test_checksums() -> None:
    """CRC-32 (its check value is 0xCBF43926) in base 62, with leading zeros."""
    assert checksum("") == "000000"
    assert checksum("123456789") == "3jZRME"
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in "3jZRME":
        number = number * 62 + digits.index(digit)
    assert number == 0xCBF43926


def test_a_key_has_its_parts_in_order() -> None:
    """Prefix, environment where there is one, id, secret, checksum."""
    body = f"hyp_live_k7Q_{SECRET}"
    assert body + checksum(body) == KEY
    assert PLAIN[:-6] == f"hyp_0042_{SECRET[::-1]}"


SNIPPET = f"""<!doctype html>
<script src="https://cdn.example.com/widget.js"></script>
<script>
  window.voiceWidget = {{ agent: "agt_1",
    apiKey: "{KEY}" }};
</script>
"""
MINIFIED = f'!function(e){{var t="https://api.example.com",n="{KEY}";fetch(t,{{headers:{{Authorization:"Bearer "+n}}}})}}(window);'
ESCAPED = '{"body":"Authorization: Bearer\\n' + KEY + '\\nX: y"}'
STRINGS = f"""<?xml version="1.0" encoding="utf-8"?>
<resources>
    <string name="app_name">Shop</string>
    <string name="voice_api_key" translatable="false">{PLAIN}</string>
</resources>
"""
DOTENV = f"PORT=8080\nVOICE_KEY={KEY}\nexport OLD_VOICE_KEY='{PLAIN}' # rotate\n"
DIFF = f"""diff --git a/config.py b/config.py
index 83db48f..bf269f4 100644
--- a/config.py
+++ b/config.py
@@ -1,3 +1,3 @@
 import os
-KEY = "{PLAIN}"
+KEY = os.environ["VOICE_KEY"]
"""
BUNDLE = (b"dex\n035\x00\xff\xfe\x1e" + KEY.encode() + b"\x00\x07\xc3\x28").decode("latin-1")

TEXTS = [
    (SNIPPET, [(5, 14, KEY)]),
    (MINIFIED, [(1, 49, KEY)]),
    (ESCAPED, [(1, 33, KEY)]),
    (STRINGS, [(4, 55, PLAIN)]),
    (DOTENV, [(2, 11, KEY), (3, 23, PLAIN)]),
    (DIFF, [(7, 9, PLAIN)]),
    (BUNDLE, [(2, 8, KEY)]),
    (f"https://api.example.com/?key%3D{KEY}%26x", [(1, 32, KEY)]),
    (f"{KEY}\n{KEY}", [(1, 1, KEY), (2, 1, KEY)]),
    (f"{KEY}_{PLAIN}", [(1, 1, KEY), (1, len(KEY) + 2, PLAIN)]),
    (f"hyp_hyp_live_x_{KEY}", [(1, 16, KEY)]),
    (f"hyp_x_{'A' * 40}{KEY}", [(1, 47, KEY)]),
    (f"my{KEY}", [(1, 3, KEY)]),
    (f"é→😀{KEY}é", [(1, 4, KEY)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_keys_in_texts(text: str, expected: list[tuple[int, int, str]]) -> None:
    """Snippets, bundles and repositories: each key once, at its line and column, whatever touches it before."""
    found = find_keys(text, "hyp")
    assert [(each.location.line, each.location.column) for each in found] == [place[:2] for place in expected]
    assert [text[each.offset : each.offset + each.length] for each in found] == [place[2] for place in expected]


def test_what_is_told_of_a_key() -> None:
    """Where it stands, which one to revoke, and what of it may be shown."""
    assert find_keys(DOTENV, "hyp", file="shop/.env") == (
        ExposedKey(Location("shop/.env", 2, 11), 20, len(KEY), "k7Q", "live", f"hyp_...{KEY[-4:]}"),
        ExposedKey(Location("shop/.env", 3, 23), 92, len(PLAIN), "0042", None, f"hyp_...{PLAIN[-4:]}"),
    )
    assert str(find_keys(DOTENV, "hyp", file=".env")[0]) == f".env:2:11: key hyp_...{KEY[-4:]}"


def swapped(text: str, at: int) -> str:
    """The text with one character replaced."""
    return f"{text[:at]}{'x' if text[at] != 'x' else 'y'}{text[at + 1 :]}"


NOT_KEYS = [
    "",
    "hyp_",
    "hyp_live_k7Q_",
    KEY[:-1],
    KEY[:-6],
    f"{KEY}x",
    f"{build_key('hyp', 'k', 'z' * 128)}x",
    KEY.upper(),
    KEY.replace("live", "test"),
    KEY.replace("k7Q", "k7R"),
    KEY.replace("_live", ""),
    KEY.replace("hyp", "hyq"),
    KEY.replace("_", "-"),
    KEY.replace(SECRET, f"{SECRET[:10]} {SECRET[10:]}"),
    KEY.replace("A", "\u0410"),
    "hyp_live_k7Q_" + "0" * 36,
    "hyp_live_k7Q_" + SECRET + "000000",
    f"hyp_live_k7Q_{SECRET[:29]}{checksum(f'hyp_live_k7Q_{SECRET[:29]}')}",
    f"hyp_live_k7Q_{SECRET * 5}{checksum(f'hyp_live_k7Q_{SECRET * 5}')}",
    f"hyp_LIVE_k7Q_{SECRET}{checksum(f'hyp_LIVE_k7Q_{SECRET}')}",
    f"hyp_a_b_k7Q_{SECRET}{checksum(f'hyp_a_b_k7Q_{SECRET}')}",
    f"hyp_{SECRET}{checksum(f'hyp_{SECRET}')}",
    "const hyp_live_k7Q_thisIsTheNameOfAVeryLongVariableIndeed = 1",
]


@pytest.mark.parametrize("text", [*NOT_KEYS, *(swapped(KEY, at) for at in range(len(KEY)))])
def test_what_only_looks_like_a_key_is_none(text: str) -> None:
    """Another form, another prefix, or a wrong checksum: any single character makes it wrong."""
    assert find_keys(text, "hyp") == ()


@pytest.mark.parametrize("prefix", ["hyp", "a", "sk_live", "x1_2", "h" * 32])
def test_any_prefix_will_do(prefix: str) -> None:
    """Short and long ones, with underscores of their own; a key of one prefix is none of another."""
    key = build_key(prefix, "id1", SECRET)
    assert [each.hint for each in find_keys(f"({key})", prefix)] == [f"{prefix}_...{key[-4:]}"]
    assert find_keys(key, "hyq") == ()


PREFIXES = ["", "hyp_", "_hyp", "Hyp", "hyp-x", "a__b", "1a", "hyp\n", "h" * 33, "hyp.*", "(a+)+", "é", None, b"hyp", 7]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_malformed_prefixes_are_refused(prefix: str) -> None:
    """By everything that takes one."""
    calls: list[Callable[[], object]] = [
        lambda: find_keys("", prefix), lambda: build_key(prefix, "k", SECRET), lambda: browser_signals({}, prefix=prefix or ""),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(RequestError, match="a key's prefix"):
            call()


PARTS = [
    ("k_7", SECRET, None), ("", SECRET, None), ("k" * 33, SECRET, None), (None, SECRET, None), ("k", "short", None),
    ("k", SECRET + "\n", None), ("k", "é" * 30, None), ("k", "x" * 129, None), ("k", None, None), ("k", SECRET.encode(), None),
    ("k", SECRET, ""), ("k", SECRET, "Live"), ("k", SECRET, "pre_view"), ("k", SECRET, 7),
]  # fmt: skip


@pytest.mark.parametrize(("id", "secret", "environment"), PARTS)
def test_keys_of_other_parts_are_not_built(id: str, secret: str, environment: str | None) -> None:
    """What would not be found again is refused."""
    with pytest.raises(RequestError, match="of a key must"):
        build_key("hyp", id, secret, environment=environment)


def test_texts_have_a_bound() -> None:
    """Text that is no str, or beyond the bound, is refused before it is searched."""

    class Long(str):
        __slots__ = ()

        def __len__(self) -> int:
            return MAX_SCANNED_TEXT + 1

    with pytest.raises(RequestError, match="a text is longer than"):
        find_keys(Long(KEY), "hyp")
    for text in (None, KEY.encode(), [KEY]):
        with pytest.raises(RequestError, match="a text must be a str"):
            find_keys(text, "hyp")  # type: ignore[arg-type]
    with pytest.raises(RequestError, match="ASCII"):
        checksum("é")


base62 = st.characters(
    whitelist_categories=(), whitelist_characters="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
keys = st.builds(
    build_key,
    st.sampled_from(["hyp", "hyp_k"]),
    st.text(base62, min_size=1, max_size=32),
    st.text(base62, min_size=30, max_size=128),
    environment=st.none() | st.from_regex(r"[a-z][a-z0-9]{0,15}", fullmatch=True),
)
around = st.text(st.one_of(st.characters(), st.sampled_from("hyp_k\n ")), max_size=80)


@given(key=keys, before=around, after=around)
def test_a_key_is_found_wherever_it_stands(key: str, before: str, after: str) -> None:
    """Any key that was built, in any text around it, at its very place."""
    after = re.sub(r"^[0-9A-Za-z]+", "", after)
    prefix = "hyp_k" if key.startswith("hyp_k_") else "hyp"
    text = before + key + after
    found = [each for each in find_keys(text, prefix) if each.offset == len(before)]
    assert [text[each.offset : each.offset + each.length] for each in found] == [key]
    lines = before.split("\n")
    assert (found[0].location.line, found[0].location.column) == (len(lines), len(lines[-1]) + 1)
    assert all(secret not in repr(found) for secret in (key, key[-20:]))


MEGABYTE = 1 << 20
NEAR_MISSES = {
    "markers": "hyp_",
    "markers and a tail": "hyp_hyp_" + "x" * 134,
    "wrong checksums": "hyp_a_" + "x" * 40 + "\n",
    "too short by one": "hyp_a_" + "x" * 35 + "\n",
    "too long by one": "hyp_a_" + "x" * 135 + "\n",
    "environments": "hyp_" + "a" * 16 + "_" + "b" * 32 + "_",
    "ids": "hyp_" + "1" * 32 + "_",
    "half a marker": "hyp",
    "lines": "\n",
}


@pytest.mark.parametrize("unit", NEAR_MISSES.values(), ids=NEAR_MISSES.keys())
def test_near_misses_take_no_longer_than_their_length(unit: str) -> None:
    """A megabyte of them is searched in a moment, and of one run without an end too."""
    for text in (unit * (MEGABYTE // len(unit)), unit + "x" * MEGABYTE):
        start = time.process_time()
        assert find_keys(text, "hyp") == ()
        assert find_keys(text, "a") == ()
        assert time.process_time() - start < 3


def test_many_keys_on_one_line_take_no_longer_than_their_length() -> None:
    """Lines and columns are counted once, not once a key."""
    count = MEGABYTE // (len(KEY) + 1)
    start = time.process_time()
    found = find_keys(f"{KEY};" * count, "hyp")
    assert time.process_time() - start < 5
    assert len(found) == count
    assert found[-1].location.column == (count - 1) * (len(KEY) + 1) + 1


@pytest.mark.parametrize("value", ["Mozilla/5.0 (" * 80_000, "Gecko/" * 170_000, "MSIE " * 200_000])
def test_long_headers_take_no_longer_than_their_length(value: str) -> None:
    """The name of an engine is looked for once."""
    start = time.process_time()
    assert browser_signals({"User-Agent": value}) == ()
    assert time.process_time() - start < 1
