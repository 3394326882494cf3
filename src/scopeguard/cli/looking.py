"""What a verb looks at: the paths that it is given, or else those of the configuration, or else the shipped pack."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import fspath
from pathlib import Path

from scopeguard.cli import rendering
from scopeguard.cli.configuration import Configuration, find_configuration
from scopeguard.errors import RequestError
from scopeguard.shipped import default_pack

_SHIPPED = "the shipped pack"


@dataclass(frozen=True, slots=True)
class Looked:
    """Policy files and folders, lowest layer first, and what the configuration says besides.

    The names and keys of a configuration belong to its pack: where other paths are given it is as if there were none.
    """

    paths: tuple[str, ...]
    with_default: bool
    configuration: Configuration

    @property
    def whole(self) -> tuple[str, ...]:
        """All paths, with the shipped pack beneath where that was asked for."""
        return (default_pack(), *self.paths) if self.with_default else self.paths

    def __str__(self) -> str:
        named = ", ".join(_SHIPPED if path == default_pack() else path for path in self.paths)
        beneath = f" on {_SHIPPED}" if self.with_default and self.paths != (default_pack(),) else ""
        by = f", by {self.configuration.file}" if self.configuration.file else ""
        return f"{named}{beneath}{by}"


def look(paths: Iterable[Path] | None, *, with_default: bool = False, own: bool = False) -> Looked:
    """What to look at, which is printed on the error stream: an answer is about this and about nothing else.

    With *own* the shipped pack is not meant where nothing is named. Raises RequestError where there is nothing to look
    at then, and ConfigurationError for a malformed configuration.
    """
    looked = _chosen([fspath(path) for path in paths or ()], with_default=with_default)
    if own and looked.paths == (default_pack(),):
        raise RequestError('nothing to look at: name a path, or write pack = "policies" into scopeguard.toml')
    rendering.print_styled(f"looked at: {looked}", stream=sys.stderr)
    return looked


def _chosen(paths: Sequence[str], *, with_default: bool) -> Looked:
    if paths:
        return Looked(tuple(paths), with_default, Configuration())
    configuration = find_configuration()
    return Looked(configuration.pack or (default_pack(),), with_default, configuration)
