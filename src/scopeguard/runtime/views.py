"""What a guard answers beside checks, explanations and permissions, imported when the first of it is asked for."""

from scopeguard.runtime.facts import facts_for
from scopeguard.runtime.filters import filter_rows
from scopeguard.runtime.issuance import mint, mintable, rotate
from scopeguard.runtime.pages import tab_states
from scopeguard.runtime.role_ceilings import ceiling_of_roles
from scopeguard.runtime.tabulating import tabulate

__all__ = [
    "ceiling_of_roles",
    "facts_for",
    "filter_rows",
    "mint",
    "mintable",
    "rotate",
    "tab_states",
    "tabulate",
]
