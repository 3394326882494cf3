"""What a guard answers beside checks. It is imported with the guard: law 11 lets no answer import anything."""

from scopeguard.runtime.ceiling import ceiling_of_roles
from scopeguard.runtime.explain import explain
from scopeguard.runtime.facts import facts_for
from scopeguard.runtime.filters import filter_rows
from scopeguard.runtime.issuance import mint, mintable, rotate
from scopeguard.runtime.listing import list_permissions
from scopeguard.runtime.pages import tab_states
from scopeguard.runtime.tabulating import tabulate

__all__ = [
    "ceiling_of_roles",
    "explain",
    "facts_for",
    "filter_rows",
    "list_permissions",
    "mint",
    "mintable",
    "rotate",
    "tab_states",
    "tabulate",
]
