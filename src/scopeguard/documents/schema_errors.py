"""From what pydantic finds to diagnostics: our codes, our words, the right place."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from msgspec.structs import replace
from pydantic import BaseModel, RootModel
from pydantic_core import ErrorDetails

from scopeguard.documents.quoting import in_quotes
from scopeguard.documents.scalars import YES_NO, is_date
from scopeguard.documents.shapes import BRANCHES
from scopeguard.documents.tree import MappingNode, Node, Path, ScalarNode, SequenceNode, Tree
from scopeguard.documents.yaml_errors import WHOLE
from scopeguard.errors import Correction, Diagnostic, Hint, did_you_mean, quoted

_KEY: Final = "[key]"

_TYPES: Final = MappingProxyType({
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "an integer",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
})  # fmt: skip

_Told: TypeAlias = tuple[str, str, Hint]
"""Code, message and hint."""

_SIMPLE: Final[Mapping[str, _Told]] = MappingProxyType({
    "too_short": ("SG123", "empty list", "name at least one, or leave the key out"),
    "empty_mapping": ("SG123", "empty mapping", "name at least one, or leave the key out"),
    "string_too_short": ("SG124", "empty text", "write it, or leave the key out"),
    "string_too_long": ("SG124", "text longer than {max_length} characters", "shorten it"),
    "greater_than_equal": ("SG113", "number out of range, less than {ge}", None),
    "less_than_equal": ("SG113", "number out of range, more than {le}", None),
})  # fmt: skip
_EXAMPLES: Final[Mapping[object, str]] = MappingProxyType(
    {bool: "true or false", int: "a number such as 1", dict: "{name: …}"}
)
_ABSENT: Final = frozenset({"", "~", "null"})
"""Values in whose place a text may be meant, or nothing: that the key is left out."""
_MEANT: Final[Mapping[str, str]] = MappingProxyType({
    "facts_max_age": "write a duration, such as 5m",
    "now": 'write a time in quotes, such as "2026-01-31T12:00:00Z"',
})  # fmt: skip
"""By key, what is written where a text is meant that is no number in quotes."""
_CELL: Final = "write allow or deny"
_NUMBER_TEXT: Final = 20
"""As many characters as a number of 64 bits has."""
_EMPTY: Final[Mapping[str, str]] = MappingProxyType({"Dictionary": "empty_mapping"})
_OF_ALIASES: Final = "use ASCII letters, digits and signs without spaces, quotes and backslashes, at most 128 long"
_OTHER: Final[_Told] = ("SG124", "invalid value", None)


def split(error: ErrorDetails) -> tuple[Path, bool]:
    """The path of an error in the file, and whether it is about the key there."""
    location = tuple(step for step in error["loc"] if step not in BRANCHES)
    return (location[:-1], True) if location and location[-1] == _KEY else (location, False)


def explain(error: ErrorDetails, tree: Tree, model: type[BaseModel]) -> Diagnostic:
    """One pydantic error about *tree*, read as *model*, as a diagnostic."""
    path, at_key = split(error)
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        name = str(path[-1])
        hint = did_you_mean(name, _keys(model, path[:-1])) or _choices(_keys(model, path[:-1]))
        found = _finding(tree, path, "SG120", f"unknown key {quoted(name)}", hint, key=True)
        parent = tree.find(path[:-1])
        taken = isinstance(parent, MappingNode) and found.correction and found.correction.replacement in parent.items
        return replace(found, correction=None) if taken else found
    if kind == "missing":
        name = str(path[-1])
        hint = f"write {name}: {_example(_annotation(model, path))}"
        return Diagnostic.at(tree.locate(path[:-1]), "SG122", f"missing key {quoted(name)}", hint)
    if at_key:
        code, message, hint = _name(str(path[-1]), kind, context)
        return _finding(tree, path, code, message, hint, key=True)
    node = tree.find(path)
    if node is None and isinstance(path[-1], int):
        # A name alone, where a list of them may be.
        node = tree.find(path[:-1])
    if kind in _TYPES:
        parts = _wrong_type(tree, node, _TYPES[kind], _annotation(model, path))
        meant = _MEANT.get(str(path[-1])) if kind == "string_type" else None
        if "expect" in path and isinstance(node, ScalarNode) and isinstance(node.value, bool):
            meant = _CELL
        if meant is not None and isinstance(node, ScalarNode):
            # In quotes it would be none either.
            return Diagnostic.at(tree.locate(path), *parts[:2], meant)
        if kind == "string_type" and isinstance(node, ScalarNode):
            correction = in_quotes(tree.source, node.start, node.end)
            return Diagnostic.at(tree.locate(path), *parts, correction=correction)
    elif kind == "literal_error":
        parts = _literal(tree, node, _literals(model, path))
    elif kind == "string_pattern_mismatch":
        parts = _name(_text(node), kind, context)
    elif kind == "string_too_short" and isinstance(node, ScalarNode) and node.style in ("|", ">"):
        parts = ("SG124", f"empty text: YAML reads a leading {quoted(node.style)} as a block", WHOLE)
    else:
        code, message, hint = _SIMPLE.get(_EMPTY.get(str(context.get("field_type")), kind), _OTHER)
        parts = (code, message.format(**context), hint)
    return _finding(tree, path, *parts)


def _finding(tree: Tree, path: Path, code: str, message: str, hint: Hint, *, key: bool = False) -> Diagnostic:
    correction = tree.correction(path, hint, key=key)
    return Diagnostic.at(tree.locate(path, key=key), code, message, hint, correction=correction)


def settled(findings: Sequence[Diagnostic], tree: Tree, model: type[BaseModel]) -> list[Diagnostic]:
    """What was found in the text of a *tree*, with corrections and hints by what *model* says that a value is."""
    if not findings:
        return []
    known = {(each.line, each.column): each for each in _corrections(tree, model)}
    meant = dict(_meant(tree, model))
    return [_settled(each, known, meant) if each.code == "SG109" else each for each in findings]


_Place: TypeAlias = tuple[int, int]


def _settled(found: Diagnostic, known: Mapping[_Place, Correction], meant: Mapping[_Place, str]) -> Diagnostic:
    place = (found.line, found.column)
    return replace(found, correction=known.get(place, found.correction), hint=meant.get(place, found.hint))


def _meant(tree: Tree, model: type[BaseModel]) -> Iterator[tuple[_Place, str]]:
    """By line and column, what is written for an unclear value where a number is meant, or one of some words."""
    for path in tree.bad_paths():
        node, wanted = tree.find(path), _annotation(model, path)
        if not isinstance(node, ScalarNode) or node.style or not isinstance(node.value, str):
            continue
        if node.value.lower() in _ABSENT or not (wanted is int or get_origin(wanted) is Literal):
            continue
        choices = _literals(model, path)
        location = tree.source.location(node.start)
        hint = f"write it in quotes: {quoted(node.value)}" if node.value in choices else _choices(choices)
        yield (location.line, location.column), hint or _whole_number(node.value)


def _whole_number(text: str) -> str:
    for base in (10, 0):
        with suppress(ValueError):
            return f"write {int(text[:_NUMBER_TEXT], base)}"
    with suppress(ValueError):
        if (value := float(text[:_NUMBER_TEXT])).is_integer():
            return f"write {value:.0f}"
    return "write a whole number, such as 1"


def _corrections(tree: Tree, model: type[BaseModel]) -> Iterator[Correction]:
    for path in tree.bad_paths():
        node = tree.find(path)
        if not isinstance(node, ScalarNode) or node.style or not isinstance(node.value, str):
            continue
        if node.value.lower() in _ABSENT:
            continue
        wanted = _annotation(model, path)
        # Facts of tests may be anything that a file can say: a date is a text there.
        is_text = wanted is str or ((wanted is Any or wanted is None) and is_date(node.value))
        if is_text and "\n" not in node.value:
            yield in_quotes(tree.source, node.start, node.end)
        elif wanted is bool and node.value.lower() in YES_NO:
            location = tree.source.location(node.start)
            yield Correction(location.line, location.column, node.value, YES_NO[node.value.lower()])


def _wrong_type(tree: Tree, node: Node | None, wanted: str, at: Any) -> _Told:
    message = f"expected {wanted}, not {_described(node)}"
    meant = f"write {_example(at)}"
    if not isinstance(node, ScalarNode):
        return ("SG121", message, WHOLE if wanted == "text" and node is not None else meant)
    written = tree.source.text[node.start : node.end]
    if wanted == "text":
        return ("SG121", message, f"write it in quotes: {quoted(written)}")
    if wanted == "a list" and not isinstance(node.value, bool):
        return ("SG121", message, f"write it in brackets: [{_short(written)}]")
    if node.style and wanted in ("an integer", "true or false"):
        return ("SG121", message, "write it without quotes")
    return ("SG121", message, meant)


def _example(at: Any) -> str:
    """What is written where a value of a type is meant."""
    origin = get_origin(at)
    if origin is Literal:
        *others, last = map(str, get_args(at))
        return f"{', '.join(others)} or {last}" if others else last
    if origin in (list, tuple):
        return "[…, …]"
    if isinstance(at, type) and issubclass(at, BaseModel) and not issubclass(at, RootModel):
        needed = [field.alias or name for name, field in at.model_fields.items() if field.is_required()]
        return f"{{{', '.join(f'{name}: …' for name in needed or _keys_of(at)[:2])}}}"
    return _EXAMPLES.get(origin or at, "…")


def _literal(tree: Tree, node: Node | None, choices: tuple[str, ...]) -> _Told:
    if not isinstance(node, ScalarNode):
        return _wrong_type(tree, node, "text", str)
    if not isinstance(node.value, str):
        return ("SG121", f"expected text, not {_described(node)}", _choices(choices))
    hint = did_you_mean(node.value, choices) or _choices(choices)
    return ("SG124", f"unknown value {quoted(node.value)}", hint)


def _name(text: str, kind: str, context: Mapping[str, Any]) -> _Told:
    if kind == "string_too_long":
        return ("SG124", f"name longer than {context['max_length']} characters", "shorten it")
    if kind == "string_too_short":
        return ("SG124", "empty name", "write a name")
    pattern = str(context.get("pattern", ""))
    if "(/" in pattern:
        return ("SG124", f"invalid role {quoted(text)}", "write role, or role/surface:id for one on a single resource")
    if "x7e" in pattern:
        return ("SG124", f"invalid alias {quoted(text)}", _OF_ALIASES)
    shape = "lower-case letters, digits and _, starting with a letter"
    dotted = "." in pattern
    hint = f"use {shape}; dots between parts" if dotted else f"use {shape}, at most 48 long"
    return ("SG124", f"invalid name {quoted(text)}", hint)


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""


def _described(node: Node | None) -> str:
    if isinstance(node, SequenceNode):
        return "a list"
    if isinstance(node, MappingNode) or node is None:
        return "a mapping"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if node.value is None:
        return "null"
    return "text" if isinstance(node.value, str) else "a number"


def _short(text: str) -> str:
    return text if len(text) <= 40 and text.isprintable() else "…"


def _choices(names: tuple[str, ...]) -> str | None:
    return f"one of {', '.join(names)}" if names else None


def _keys(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    at = _annotation(model, path)
    return _keys_of(at) if isinstance(at, type) and issubclass(at, BaseModel) else ()


def _keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _literals(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    at = _annotation(model, path)
    return tuple(map(str, get_args(at))) if get_origin(at) is Literal else ()


def _annotation(model: type[BaseModel], path: Path) -> Any:
    at: Any = model
    for step in path:
        if get_origin(at) is Literal:
            # A field of a record, of which the type is what that of an attribute is.
            continue
        if isinstance(at, type) and issubclass(at, BaseModel):
            at = bare(_fields(at).get(str(step)))
        else:
            arguments = get_args(at)
            at = bare(arguments[-1]) if arguments else None
    return at


@lru_cache(maxsize=256)
def _fields(model: type[BaseModel]) -> Mapping[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def bare(annotation: Any) -> Any:
    """An annotation without ``Annotated`` and without ``| None``."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(arm for arm in get_args(annotation) if arm is not type(None))
        else:
            return annotation
