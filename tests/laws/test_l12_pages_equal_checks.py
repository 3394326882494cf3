"""Law 12 for account pages: what a page shows is what the checks behind it say."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given

from scopeguard import Context, Decision, Guard, Principal, RequestError, Resource, TabState
from scopeguard.model.catalog import Tab
from tests.laws.support import added, guard_of, law
from tests.strategies import WORKSPACES, Maker, Pack, packs

SPARING = ("resource", "requires", "holds(", "variables")
"""The words of a rule that may make its denial depend on the resource."""


class Server:
    """The checks that a service behind a page makes for one member."""

    def __init__(
        self, guard: Guard, pack: Pack, maker: Maker, member: Principal, context: Context, workspace: str | None
    ) -> None:
        self.guard, self.maker, self.member, self.context = guard, maker, member, context
        self.sparing = {rule["id"] for rule in pack.rules if any(word in str(rule) for word in SPARING)}
        self.workspace = member.workspace if workspace is None else workspace

    def is_everywhere(self, decision: Decision) -> bool:
        """Whether a denial of the surface as a whole surely denies every resource too."""
        return bool(decision.rules) and self.sparing.isdisjoint(decision.rules)

    def bare(self, permission: str) -> Decision:
        """About the surface of the workspace."""
        surface = permission.partition(":")[0]
        return self.guard.check(self.member, permission, Resource(surface, workspace=self.workspace), self.context)

    def decisions(self, permission: str) -> Iterator[Decision]:
        """About the surface, and about some resources of the workspace."""
        yield self.bare(permission)
        for _ in range(5):
            one = self.maker.resource(permission.partition(":")[0])
            about = Resource(one.surface, one.id, self.workspace, one.attributes)
            yield self.guard.check(self.member, permission, about, self.context)

    def refuses(self, member_permission: str | None) -> bool:
        """Whether something of a member permission is denied whatever it is asked about."""
        granted = self.guard.catalog.member_permissions[member_permission or ""]
        return any(not any(self.decisions(permission)) for permission in granted)

    def denies(self, role: str, member_permission: str) -> bool:
        """Whether a member with that role alone is denied something of a member permission."""
        other = Principal("member", "other", self.member.workspace, roles=[role])
        granted = self.guard.catalog.member_permissions[member_permission]
        resources = {each: Resource(each.partition(":")[0], workspace=self.workspace) for each in granted}
        return any(not self.guard.check(other, each, about, self.context) for each, about in resources.items())

    def serves(self, member_permission: str) -> bool:
        """Whether all of a member permission is allowed on the surface as a whole."""
        return all(map(self.bare, self.guard.catalog.member_permissions[member_permission]))


def agrees(server: Server, tab: Tab, shown: TabState) -> None:
    """One entry of a page, held against the service."""
    catalog = server.guard.catalog
    assert (shown.id, shown.title) == (tab.id, tab.title)
    if server.serves(tab.view):
        assert shown.state in ("manage", "read_only")
        assert shown.state == "manage" or tab.manage is None or not server.serves(tab.manage)
    if shown.state in ("manage", "read_only"):
        assert (shown.code, shown.reason, shown.needed, shown.roles, shown.remedy) == (None, None, (), (), None)
        if shown.state == "read_only" and tab.manage is not None:
            assert server.refuses(tab.manage)
        return
    assert server.refuses(tab.view)
    denials = [decision for decision in map(server.bare, catalog.member_permissions[tab.view]) if not decision]
    if shown.state == "not_offered":
        assert catalog.codes[shown.code or ""].kind == "state"
        assert (shown.needed, shown.roles) == ((), ())
        return
    told = [decision for decision in denials if (decision.code, decision.reason) == (shown.code, shown.reason)]
    assert told
    order = catalog.stages.index
    for decision in denials:
        # A missing grant is passed over where something of the entry is not there for anybody, and what a rule denies
        # for the surface as a whole where some resource may be spared.
        assert order(decision.stage or "") >= order(told[0].stage or "") or not server.is_everywhere(decision)
    if not shown.needed:
        assert shown.remedy in [decision.remedy for decision in told]
    elif server.member.kind == "member":
        assert shown.code == "member_permission_missing"
        assert shown.needed == (tab.view,)
        holding = {name for name, role in catalog.roles.items() if tab.view in role.member_permissions}
        assert list(shown.roles) == sorted(holding.intersection(shown.roles))
        # Nobody is sent to whom a rule denies it all the same.
        for name in holding.difference(shown.roles):
            assert server.denies(name, tab.view), name


def test_pages_equal_checks() -> None:
    """What is viewed or managed is not refused everywhere; what is unavailable is, with the code of the service."""
    seen: Counter[str] = Counter()

    @law(100)
    @given(packs())
    def look(made: tuple[Maker, Pack]) -> None:
        maker, pack = made
        pages = maker.pages()
        paged = added(pack, pages) if pages else pack
        guard = guard_of(paged)
        for request in maker.requests(4):
            workspace = maker.one((None, None, *WORKSPACES))
            server = Server(guard, paged, maker, request.principal, request.context, workspace)
            for page, ask in (("settings", guard.settings_tabs), ("billing", guard.billing_panels)):
                tabs = guard.catalog.settings.get(page, ())
                try:
                    states = ask(request.principal, request.context, workspace=workspace) if tabs else ()
                except RequestError:
                    # A name that the pack lacks is refused on pages as in checks.
                    continue
                for tab, shown in zip(tabs, states, strict=True):
                    agrees(server, tab, shown)
                    seen[shown.state] += 1

    look()
    assert set(seen) == {"manage", "read_only", "unavailable", "not_offered"}
