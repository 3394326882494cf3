"""The verbs about one request: their options make a question, which is answered and printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import typer

from scopeguard.cli import asking, options, rendering
from scopeguard.cli.asking import QuestionOptions
from scopeguard.cli.declared import refuse_undeclared
from scopeguard.cli.looking import look
from scopeguard.cli.options import ExplainFormat, Format, Who
from scopeguard.guard import Guard
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource, or_left_out
from scopeguard.model.translator import Translator

DENIED: Final = 1
"""Exit status of a denial, and of findings."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a guard."""

    guard: Guard
    principal: Principal
    action: str
    resource: Resource | None
    context: Context


def verb_of(answer: Callable[[Request, Any], bool], output_option: object) -> Callable[..., None]:
    """A verb about one request: *answer* prints it as *output_option* says, and returns whether it is allowed."""

    def verb(
        action: options.Action,
        packs: options.Packs = None,
        with_default: options.WithDefault = False,
        kind: options.As = Who.API_KEY,
        id: options.Id = None,
        workspace: options.Workspace = "ws_1",
        scopes: options.Scopes = None,
        roles: options.Roles = None,
        ceiling: options.Ceiling = None,
        attributes: options.Attributes = None,
        channel: options.Channel = None,
        environment: options.Environment = "production",
        now: options.Now = None,
        facts: options.Facts = None,
        context: options.More = None,
        resource: options.ResourceId = None,
        resource_workspace: options.ResourceWorkspace = None,
        resource_attributes: options.ResourceAttributes = None,
        undeclared: options.Undeclared = False,
        output: Any = "pretty",
    ) -> None:
        question = QuestionOptions(
            kind=kind,
            id=id,
            workspace=workspace,
            scopes=scopes,
            roles=roles or (),
            ceiling=ceiling,
            attributes=attributes or (),
            channel=channel,
            environment=environment,
            now=now,
            facts=facts or (),
            context_attributes=context or (),
            resource_id=resource,
            resource_workspace=resource_workspace,
            resource_attributes=resource_attributes or (),
        )
        program = asking.read(look(packs, with_default=with_default))
        inside = Translator(program.catalog.aliases)
        about = question.resource(program.catalog.surface_of(action))
        request = Request(Guard(lambda: program), question.principal(inside), action, about, question.context())
        if not undeclared:
            refuse_undeclared(program, request.context, request.principal, about)
        raise typer.Exit(0 if answer(request, output) else DENIED)

    verb.__doc__ = answer.__doc__
    verb.__annotations__["output"] = output_option
    return verb


def check(asked: Request, output: Format) -> bool:
    """Whether a principal may do something, and why."""
    decision = asked.guard.check(asked.principal, asked.action, or_left_out(asked.resource), asked.context)
    if output is Format.JSON:
        rendering.say_json(decision.to_dict())
    else:
        rendering.print_styled(str(decision), rendering.STYLES[decision.effect])
    return decision.allowed


def explain(asked: Request, output: ExplainFormat) -> bool:
    """Every rule that was looked at, with its clauses, and the nearest change that would allow."""
    found = asked.guard.explain(asked.principal, asked.action, or_left_out(asked.resource), asked.context)
    if output is ExplainFormat.JSON:
        rendering.say_json(found.to_dict())
    else:
        rendering.print_styled(found.text(every_clause=output is ExplainFormat.FULL))
    return found.decision.allowed
