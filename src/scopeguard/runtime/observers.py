"""Observers: what a host calls with every decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from scopeguard.model.access_request import AccessRequest
from scopeguard.model.decision import Decision

Observer: TypeAlias = Callable[[Decision, AccessRequest], object]
"""What is called with every decision and with what was asked; what it gives is not looked at."""


def tell(observers: Sequence[Observer], decision: Decision, asked: AccessRequest) -> None:
    """Call each of *observers*, in their order; what one raises is raised when all were called."""
    if len(observers) == 1:
        observers[0](decision, asked)
    elif observers:
        try:
            observers[0](decision, asked)
        finally:
            tell(observers[1:], decision, asked)
