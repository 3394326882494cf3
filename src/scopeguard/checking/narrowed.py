"""SG203 and SG306: what is wrong with the one resource that a scope or a role is narrowed to."""

from scopeguard.checking.texts import as_grant
from scopeguard.checking.vocabulary import WORDS, Vocabulary
from scopeguard.errors import did_you_mean, quoted
from scopeguard.model.catalog import Catalog, Surface
from scopeguard.model.grant import Grant, start_of
from scopeguard.model.narrowing import is_nameable, named_in
from scopeguard.semantics.names import Problem


def wrong_grant(grant: Grant, catalog: Catalog) -> Problem | None:
    """Why nothing is held by a scope that is narrowed so, where it is known."""
    surface = catalog.surfaces.get(grant.surface)
    if grant.resource_id is None:
        return None
    if grant.permission in catalog.scopes and (surface is None or grant.action not in surface.actions):
        message = f"scope {quoted(grant.permission)} cannot be narrowed to one resource"
        return Problem("SG306", message, f"write {quoted(grant.permission)}; only an action of a surface can be", 0)
    if surface is None:
        return None
    if grant.parent is not None:
        return None if grant.parent in surface.parents else _not_below(grant, surface)
    if surface.qualifiable:
        return None
    message = f"surface {quoted(grant.surface)} cannot be narrowed to one resource"
    return Problem("SG306", message, f"write {quoted(grant.permission)}, or mark the surface qualifiable", 0)


def _not_below(grant: Grant, surface: Surface) -> Problem:
    message = f"surface {quoted(surface.name)} does not lie below {quoted(grant.parent or '')}"
    own = f"{grant.permission}/{grant.resource_id}"
    hint = (
        f"write {quoted(own)}"
        if grant.parent == surface.name and surface.qualifiable
        else did_you_mean(grant.parent or "", surface.parents)
        or (f"it lies below {' and '.join(map(quoted, surface.parents))}" if surface.parents else "give it a parent")
    )
    return Problem("SG306", message, hint, 0)


def wrong_binding(role: str, names: Vocabulary, catalog: Catalog) -> Problem | None:
    """Why nothing is held by a role on that resource; nothing of a role that is held everywhere."""
    start = start_of(role)
    named = named_in(start)
    if named is None or is_nameable(catalog, named):
        return None
    offset = len(start) - len(named) - 1
    if named in catalog.surfaces:
        message = f"no role is held on one resource of the surface {quoted(named)}"
        hint = "mark the surface qualifiable, or name it as the parent of what lies below"
        return Problem("SG306", message, hint, offset)
    if names.knows("surfaces", named):
        return None
    return Problem(WORDS["surfaces"][0], *names.unknown("surfaces", named), offset)


def wrong_name(kind: str, name: str, names: Vocabulary, catalog: Catalog) -> Problem | None:
    """What of both there is to say of a name of a *kind* that is perhaps a scope or a role."""
    if kind == "roles":
        return wrong_binding(name, names, catalog)
    grant = as_grant(name) if kind == "scopes" else None
    return None if grant is None else wrong_grant(grant, catalog)
