"""The dashboard in a real browser, from the first page to the last button; no request leaves the host."""

import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from account.guarding import Account
from account.seed import PASSWORD, make_workspace
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.account.service import HASH, ROLES, TABS, House, make_app
from tests.account.test_sentences import exhaust, id_of

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
pytestmark = pytest.mark.slow

SCREENSHOTS = Path(__file__).resolve().parents[2] / "examples/account/screenshots"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1100,900", "--lang=en",
    "--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-default-browser-check",
)  # fmt: skip
STATES = "return [...document.querySelectorAll('nav.tabs a')].map(a => [a.href.split(/[/#]/).pop(), a.dataset.state])"
"""What the links of the tabs say, in their order."""
PATIENCE = 15.0
"""Seconds within which a page has to be there."""


class Served:
    """The service on a port, a workspace in it, and a browser."""

    def __init__(self, house: House, address: str, driver: Any, *, takes_pictures: bool) -> None:
        self.house = house
        self.address = address
        self.driver = driver
        self._takes_pictures = takes_pictures

    def open(self, path: str) -> None:
        """Go to a page by its address."""
        self.driver.get(self.address + path)

    def all(self, selector: str) -> list[Any]:
        """Elements of the page."""
        return list(self.driver.find_elements("css selector", selector))

    def wait(self, selector: str) -> Any:
        """An element, once it is there."""
        until = time.monotonic() + PATIENCE
        while not (found := self.all(selector)):
            assert time.monotonic() < until, f"no {selector} on {self.driver.current_url}: {self.text[:600]}"
            time.sleep(0.03)
        return found[0]

    def wait_for(self, text: str) -> None:
        """Wait until the page says something."""
        until = time.monotonic() + PATIENCE
        while text not in self.text:
            assert time.monotonic() < until, f"no {text!r} on {self.driver.current_url}: {self.text[:600]}"
            time.sleep(0.03)

    @property
    def text(self) -> str:
        """What is to be read."""
        return str(self.driver.execute_script("return document.body.innerText"))

    def sign_in(self, role: str) -> None:
        """Sign in as a member, by the form."""
        self.driver.delete_all_cookies()
        self.open("/sign-in")
        self.wait("input[name=email]").send_keys(self.house.seeded.email(role))
        self.wait("input[name=password]").send_keys(PASSWORD)
        self.wait("main button").click()
        self.wait_for("Sign out")

    def submit(self, action: str, **fields: str) -> None:
        """Fill in a form and send it."""
        form = f'form[action="{action}"]'
        self.wait(form)
        for name, value in fields.items():
            field = self.wait(f'{form} [name="{name}"]')
            if field.get_attribute("type") not in {"hidden", "select-one"}:
                field.clear()
            field.send_keys(value)
        self.wait(f"{form} button").click()

    def picture(self, name: str) -> None:
        """Take a picture for the page that describes the example."""
        if self._takes_pictures:
            SCREENSHOTS.mkdir(exist_ok=True)
            self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def severe(self) -> list[str]:
        """What the console said since it was read the last time, but for answers with a status of an error."""
        entries = self.driver.get_log("browser")
        return [each["message"] for each in entries if each["level"] == "SEVERE" and each["source"] != "network"]

    def requested(self) -> set[str]:
        """Where the browser sent requests to since it was read the last time."""
        found = set()
        for each in self.driver.get_log("performance"):
            message = json.loads(each["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(re.sub(r"(://[^/]*).*", r"\1", message["params"]["request"]["url"]))
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, headless; what needs it is skipped where it is not installed."""
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def port_of_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, int]]:
    """The service on a port of its own, on SQLite."""
    folder = tmp_path_factory.mktemp("served")
    app = make_app(folder, f"sqlite:///{folder / 'account.sqlite'}")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < until
            time.sleep(0.02)
        yield app, listening.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture
def served(request: pytest.FixtureRequest, port_of_app: tuple[FastAPI, int], browser: Any) -> Iterator[Served]:
    """A workspace of a test's own; afterwards the console is clean, and nobody else was asked for anything."""
    app, port = port_of_app
    account: Account = app.state.account
    # It is a part of addresses, which have no underscore.
    name = request.node.name.removeprefix("test_").replace("_", "")[:20]
    house = House(account, TestClient(app, base_url="https://testserver"), make_workspace(account, name, HASH))
    found = Served(house, f"http://localhost:{port}", browser, takes_pictures=request.config.getoption("--regen"))
    browser.get_log("browser")
    browser.get_log("performance")
    yield found
    assert found.severe() == []
    assert {each for each in found.requested() if not each.startswith(("data:", "chrome"))} == {found.address}


def test_every_role_walks_all_tabs(served: Served) -> None:
    """Each tab that a role may open opens, and each other one says why not."""
    for role in ROLES:
        served.sign_in(role)
        states = dict(served.driver.execute_script(STATES))
        assert tuple(states) == TABS
        opened = [tab for tab, state in states.items() if state in {"manage", "read_only"}]
        for tab in TABS:
            if tab not in opened:
                entry = served.wait(f"#{tab}").text
                assert ("Not offered" if states[tab] == "not_offered" else "Who can help") in entry
        if role == "developer":
            served.picture("settings-developer")
        for tab in opened:
            served.wait(f'nav.tabs a[href="/settings/{tab}"]').click()
            served.wait(f'nav.tabs a[href="/settings/{tab}"][aria-current=page]')
            assert served.all("main h1")


def test_a_key_from_its_making_to_its_end(served: Served) -> None:
    """Made, used by a server, refused in the page, rotated and revoked."""
    served.sign_in("developer")
    served.open("/settings/api_keys")
    served.wait('form[action="/settings/api_keys"] input[value="agents:read"]').click()
    served.submit("/settings/api_keys", name="of a server")
    secret = served.wait("#secret").text
    served.picture("api-keys")
    assert served.house.api("GET", "/api/agents", secret).status_code == 200

    asked = """
        const [key, done] = arguments;
        fetch("/api/agents", {headers: {Authorization: `Bearer ${key}`}}).then(async (r) => done([r.status, (await r.json()).code]));
    """
    assert served.driver.execute_async_script(asked, secret) == [403, "credential_channel_forbidden"]
    served.open("/settings/api_keys")
    served.wait_for("used where no key belongs")
    assert secret not in served.driver.page_source

    path = f"/settings/api_keys/{id_of(secret)}"
    served.submit(f"{path}/rotation")
    new = served.wait("#secret").text
    assert [served.house.api("GET", "/api/agents", each).status_code for each in (secret, new)] == [200, 200]
    served.open("/settings/api_keys")
    served.submit(f"/settings/api_keys/{id_of(new)}/revocation")
    served.wait_for("Revoked: the next request with it is denied.")
    assert [served.house.api("GET", "/api/agents", each).status_code for each in (secret, new)] == [401, 401]


def test_a_limit_is_hit_and_topped_up(served: Served) -> None:
    """The page says what is in the way, leads to Billing, and after a top-up it goes on."""
    exhaust(served.house, "agents")
    served.sign_in("owner")
    served.open("/agents")
    served.submit("/agents", name="One more")
    served.wait('[data-code="entitlement_limit_reached"]')
    served.picture("limit-reached")
    served.wait('a[href="/billing#usage"]').click()
    served.wait("#balance")
    served.picture("billing")
    served.submit("/billing/top_ups", cents="1000")
    served.wait_for("Topped up.")
    served.open("/agents")
    served.submit("/agents", name="One more")
    served.wait_for("Created.")
    assert "One more" in served.text


def test_a_recovery_state_by_its_button(served: Served) -> None:
    """Brought about, seen on its page, and left by what the remedy says."""
    served.sign_in("owner")
    served.open("/recovery")
    served.submit("/recovery/provider-keys")
    served.wait('[data-code="provider_keys_missing"][data-effect=deny]')
    served.picture("recovery")
    served.open("/settings/providers")
    served.submit("/settings/providers/model", secret="good")
    served.wait_for("model is ready.")
    served.open("/recovery")
    served.wait('[data-code="provider_keys_missing"][data-effect=allow]')
    served.open("/review?role=viewer&action=agents:write")
    served.wait("#explained")


def test_by_the_keyboard_alone(served: Served) -> None:
    """Signing in, finding the way to Agents, and making one, with a visible focus on the way."""
    keys = webdriver.common.keys.Keys
    served.driver.delete_all_cookies()
    served.open("/sign-in")

    def press(*pressed: str) -> None:
        webdriver.ActionChains(served.driver).send_keys(*pressed).perform()

    def focus_on(selector: str) -> None:
        for _ in range(60):
            press(keys.TAB)
            if served.driver.execute_script("return document.activeElement.matches(arguments[0])", selector):
                outline = served.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", selector
                return
        raise AssertionError(f"the focus never comes to {selector}")

    focus_on("input[name=email]")
    press(served.house.seeded.email("owner"), keys.TAB, PASSWORD, keys.ENTER)
    served.wait_for("Sign out")
    focus_on('nav a[href="/agents"]')
    press(keys.ENTER)
    served.wait('form[action="/agents"]')
    focus_on('form[action="/agents"] input[name=name]')
    press("By keyboard", keys.ENTER)
    served.wait_for("Created.")
    assert "By keyboard" in served.text
