"""Current usage meters include the six named ones, and related wallet-era entitlement limits."""

from pathlib import Path

from scopeguard import Context, Guard, UsageEvent
from tests.seed import tables, world

MORE = """
scopeguard: 1
catalog:
  environments: [staging]
  loosens: Nobody pays for what is tried there.
  operations:
    agents.clone: {needs: "agents:write", meter: clones, loosens: Whoever writes agents clones them.}
meters:
  clones: {kind: consumption, title: Clones}
  fair_use_staging: {kind: fair_use, title: Staging}
gates:
  - {id: mine.clones, on: [agents.clone], entitlement: clones}
usage:
  - {id: mine.staging, environments: [staging], meter: fair_use_staging, because: Staging is not production., loosens: It is not.}
"""


def test_s26_six_named_meters_exist(guard: Guard) -> None:
    """Each by its name, as a consumption or as a count, with a title for people."""
    for name, kind in tables.SEED_METERS.items():
        assert guard.catalog.meters[name].kind == kind
    titles = [guard.catalog.meters[name].title for name in tables.SEED_METERS]
    assert titles == ["Voice minutes", "Text chat messages", "WhatsApp messages", "Test runs", "Agents", "Seats"]


def test_s26_besides_there_is_one_more_limit_and_two_fair_use_buckets(guard: Guard) -> None:
    """Knowledge uploads, which a limit can block, and what previews and tests count on."""
    others = {name: meter.kind for name, meter in guard.catalog.meters.items() if name not in tables.SEED_METERS}
    assert others == {"knowledge_uploads": "consumption", "fair_use_preview": "fair_use", "fair_use_test": "fair_use"}


def test_s26_more_meters_are_registered_without_code(tmp_path: Path, guard: Guard) -> None:
    """A pack on top names a meter, an operation, its limit and a row; all that was counted stays as it was."""
    (tmp_path / "mine.yaml").write_text(MORE, encoding="utf-8")
    more = Guard.default(tmp_path)
    assert more.warnings == ()
    assert set(more.catalog.meters) - set(guard.catalog.meters) == {"clones", "fair_use_staging"}
    assert more.catalog.operations["agents.clone"].meter == "clones"
    for used, code in ((9, None), (10, "entitlement_limit_reached")):
        facts = {"as_of": world.NOW, "entitlements": {"clones": {"limit": 10, "used": used, "reserved": 0}}}
        context = Context(channel="server", facts=facts, now=world.NOW)
        decision = more.check(world.key("workspace:write"), "agents.clone", context=context)
        assert (decision.code, decision.meter) == (code, code and "clones")
    staging = UsageEvent("widget", "audio", "user", "staging")
    assert (more.classify(staging).meter, more.classify(staging).row) == ("fair_use_staging", "mine.staging")
    assert guard.classify(staging).meter == "voice_minutes"
    for channel in tables.CHANNELS:
        event = UsageEvent(channel, "text", "user")
        assert more.classify(event) == guard.classify(event)
