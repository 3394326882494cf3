"""Modules that are imported when one of their names is first read: what a program does not use costs it nothing."""

from __future__ import annotations

from importlib import import_module


class Deferred:
    """Stands for a module. Beside it the module is imported for type checkers and whatever else reads imports.

    A name that was read is kept, so that reading it again costs what any attribute costs.
    """

    def __init__(self, module: str) -> None:
        self.__module = module

    def __getattr__(self, name: str) -> object:
        found = getattr(import_module(self.__module), name)
        setattr(self, name, found)
        return found
