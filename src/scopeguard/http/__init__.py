"""What every web framework has in common here: answers to denials, marks of routes, and whether any route is open.

Nothing in it knows a framework; ``scopeguard.integrations`` has those.
"""

from scopeguard.http.answers import Answer, Answers, DisclosureFor, disclosure_by_kind
from scopeguard.http.asking import Access, NotFound
from scopeguard.http.closure import Closure, OpenRoutesError, RouteDescription, closure_of, require_closed
from scopeguard.http.context import on_channel, require_channel, with_facts
from scopeguard.http.described import Described, closure_of_app, describe_app
from scopeguard.http.ledger import Ledger
from scopeguard.http.marks import PUBLIC, Mark, Verb, attach, marks_of, new_mark
from scopeguard.http.openapi import document, scopes_for

__all__ = [
    "PUBLIC",
    "Access",
    "Answer",
    "Answers",
    "Closure",
    "Described",
    "DisclosureFor",
    "Ledger",
    "Mark",
    "NotFound",
    "OpenRoutesError",
    "RouteDescription",
    "Verb",
    "attach",
    "closure_of",
    "closure_of_app",
    "describe_app",
    "disclosure_by_kind",
    "document",
    "marks_of",
    "new_mark",
    "on_channel",
    "require_channel",
    "require_closed",
    "scopes_for",
    "with_facts",
]
