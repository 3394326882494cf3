"""The verb that prints what the documentation says about a code."""

from typing import Annotated, Final

import typer

from scopeguard.cli import rendering
from scopeguard.documentation import decision_code_url, diagnostic_url
from scopeguard.errors import RequestError, quoted
from scopeguard.shipped import code_entry

Code = Annotated[str, typer.Argument(metavar="CODE", help="A diagnostic such as SG302, or a decision code.")]
_DIAGNOSTIC: Final = "SG"


def show(code: Code) -> None:
    """What a diagnostic or a decision code means, why it is there, how to fix it, and an example of each."""
    name = code.upper() if code[:2].upper() == _DIAGNOSTIC and code[2:].isdigit() else code
    entry = code_entry(name)
    if entry is None:
        raise RequestError(f"no code {quoted(code)}: diagnostics are SG and three digits, decision codes are words")
    url = diagnostic_url(name) if name.startswith(_DIAGNOSTIC) else decision_code_url(name)
    rendering.print_styled(f"{name}\n\n{entry}\n\n{url}")
