"""The gates of the shipped pack, asked with all kinds of facts, against the reference interpreter."""

import os
from collections import Counter
from random import Random

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.documents.loading import read_pack
from scopeguard.shipped import policies
from tests.reference.comparing import by_engine, by_reference
from tests.reference.interpreter import Reference
from tests.strategies import NOW, Maker, Request

REQUESTS = int(os.environ.get("SCOPEGUARD_FUZZ_REQUESTS", "1000"))
SHARES = 2
"""The requests are dealt out to so many tests, for as many processors."""
FIRST_SEED = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "0"))
METERS = (
    "voice_minutes",
    "text_chat_messages",
    "whatsapp_messages",
    "test_runs",
    "knowledge_uploads",
    "agents",
    "seats",
)
BUCKETS = ("fair_use_preview", "fair_use_test")
PROVIDERS = ("model", "speech", "telephony", "messaging", "other")
OPERATIONS = ("agents.create", "knowledge.upload", "tests.run", "members.invite", "messages.send", "whatsapp.reply",
              "voice.connect", "preview.start", "channel.setup", "phone_numbers.purchase", "sessions.create")  # fmt: skip
ASKERS = {
    "members.invite": (Principal.member("usr_1", workspace="ws_1", roles=["owner"]), "dashboard"),
    "whatsapp.reply": (Principal.system("job_1", workspace="ws_1"), "whatsapp"),
}
ABOUT = {"members.invite": Resource("members", workspace="ws_1", attributes={"new_roles": ("viewer",)})}
KEY = (Principal.api_key("key_1", workspace="ws_1", scopes="workspace:write"), "server")


def requests(random: Random) -> list[Request]:
    """Operations asked by those who hold them; all that differs is what the host says."""
    maker, made = Maker(random), []
    for _ in range(REQUESTS // SHARES):
        operation = maker.one(OPERATIONS)
        principal, channel = ASKERS.get(operation, KEY)
        maker.sound = maker.chance(70)
        attributes = {
            "modality": maker.one(("text", "audio")),
            "distribution": maker.one(("phone", "widget", "whatsapp")),
        }
        context = Context(
            channel=channel,
            environment=maker.one(("production", "production", "preview", "test")),
            facts=maker.facts(METERS, BUCKETS, PROVIDERS),
            now=NOW if maker.chance(95) else None,
            attributes={name: value for name, value in attributes.items() if maker.chance(90)},
        )
        made.append(Request(principal, operation, ABOUT.get(operation), context))
    return made


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(SHARES))
def test_facts_decide_as_the_documents_say(seed: int) -> None:
    """Code, also, remedy, advice, obligations and all the rest, for operations whose permission is held."""
    guard = Guard.default()
    pack, _ = read_pack(policies() / "workspace")
    reference = Reference([document.content for document in pack.documents])
    seen: Counter[str | None] = Counter()
    for request in requests(Random(FIRST_SEED + seed)):
        answer = by_engine(guard, request)
        assert answer == by_reference(reference, request), request
        seen[answer["code"]] += 1
    # Facts that all came to the same would show nothing.
    wanted = {None, "facts_unavailable", "provider_keys_missing", "payment_interrupted", "wallet_empty",
              "entitlement_limit_reached", "fair_use_exhausted"}  # fmt: skip
    assert {code for code in wanted if seen[code] >= 5} == wanted
