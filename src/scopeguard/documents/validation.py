"""From a tree to a document: what has the wrong shape is reported and left out, the rest goes on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scopeguard.documents.entries import Document, Layer
from scopeguard.documents.pack import SECTIONS
from scopeguard.documents.schema import PolicyDoc
from scopeguard.documents.schema_errors import explain, split
from scopeguard.documents.tree import MappingNode, Pair, Path, ScalarNode, SequenceNode, Tree
from scopeguard.errors import Diagnostic, quoted

_VERSION: Final = "scopeguard"
_ROUNDS: Final = 4


@dataclass(slots=True)
class Shaped:
    """A document as far as it could be read, with every finding.

    *broken* holds (kind, name) of the entries left out; *complete* is false where names may be
    missing beyond those.
    """

    document: Document | None = None
    findings: list[Diagnostic] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)
    complete: bool = True


def shape(file: str, tree: Tree, layer: Layer = Layer.OWN) -> Shaped:
    """Read *tree* as a policy file of a *layer*. The tree is changed: it keeps only what the document holds."""
    shaped = Shaped()
    if not isinstance(tree.root, MappingNode):
        if not tree.root.bad:
            shaped.findings.append(
                Diagnostic.at(tree.locate(()), "SG121", "expected a mapping", 'start the file with "scopeguard: 1"')
            )
        shaped.complete = False
        return shaped
    sound = _refuse_nulls(tree, shaped.findings)
    if _refuse_version(tree, tree.root, shaped.findings):
        shaped.complete = False
        return shaped
    content, wrong, unknown = _validate(tree, shaped.findings)
    if content is not None and sound and not shaped.findings:
        shaped.document = Document(file, content, tree, layer)
        return shaped
    # An entry with a misspelt key still says all the rest, and what else is wrong with it is worth knowing at once.
    for path in unknown:
        _remove(tree, path)
    _drop(tree, {*wrong, *tree.bad_paths()}, shaped)
    for _ in range(_ROUNDS):
        content, wrong, _ = _validate(tree, None)
        if content is not None:
            shaped.document = Document(file, content, tree, layer)
            return shaped
        _drop(tree, wrong, shaped)
    shaped.complete = False
    return shaped


def _refuse_nulls(tree: Tree, findings: list[Diagnostic]) -> bool:
    """Whether no node of the tree is bad, nulls included."""
    # An absent restriction means "every one", so a null where one was meant would open what it should close.
    stack = [tree.root]
    sound = True
    while stack:
        node = stack.pop()
        if node.bad:
            sound = False
        if isinstance(node, MappingNode):
            stack += [pair.node for pair in node.items.values()]
        elif isinstance(node, SequenceNode):
            stack += node.items
        elif node.value is None and not node.bad:
            node.bad = True
            sound = False
            location = tree.source.location(node.start)
            findings.append(Diagnostic.at(location, "SG121", "null has no meaning here", "leave the key out"))
    return sound


def _refuse_version(tree: Tree, root: MappingNode, findings: list[Diagnostic]) -> bool:
    """Whether the file is of another version of the language, so that nothing more can be said about it."""
    # Checked here and not by the schema, whose 1 is equal to true and to 1.0.
    pair = root.items.get(_VERSION)
    if pair is None or pair.node.bad:
        return False
    node = pair.node
    value = node.value if isinstance(node, ScalarNode) else None
    if type(value) is int and value == 1:
        return False
    written = f" {quoted(tree.source.text[node.start : node.end])}" if isinstance(node, ScalarNode) else ""
    findings.append(
        Diagnostic.at(tree.locate((_VERSION,)), "SG125", f"unsupported version{written}", 'write "scopeguard: 1"')
    )
    node.bad = True
    return type(value) is int


def _validate(tree: Tree, findings: list[Diagnostic] | None) -> tuple[PolicyDoc | None, set[Path], set[Path]]:
    """The document, or the paths of what is wrong in it, and of the unknown keys within its entries."""
    try:
        return PolicyDoc.model_validate(tree.value()), set(), set()
    except ValidationError as error:
        details = error.errors(include_url=False)
    if findings is not None:
        findings.extend(explain(detail, tree, PolicyDoc) for detail in details if not _is_reported(detail, tree))
    places = {split(detail)[0]: detail["type"] for detail in details}
    unknown = {path for path, kind in places.items() if kind == "extra_forbidden" and _is_within_entry(path)}
    return None, set(places) - unknown, unknown


def _is_reported(error: ErrorDetails, tree: Tree) -> bool:
    """Whether something was already reported at the very place."""
    path, _ = split(error)
    if error["type"] == "missing":
        parent = tree.find(path[:-1])
        return isinstance(parent, MappingNode) and "<<" in parent.items
    node = tree.find(path)
    return node is not None and node.bad


def _drop(tree: Tree, paths: Iterable[Path], shaped: Shaped) -> None:
    owners: set[Path] = set()
    for path in paths:
        owner = _owner(path)
        if owner is not None:
            kind, length = owner
            if name := _name(tree, path[:length]):
                shaped.broken.add((kind, name))
            owners.add(path[:length])
        elif path == (_VERSION,):
            _assume_version(tree)
        else:
            shaped.complete = False
            owners.add(path)
    # Backwards, so that indexes of lists stay valid while items are removed.
    for path in sorted(owners, key=_order, reverse=True):
        _remove(tree, path)


def _assume_version(tree: Tree) -> None:
    # What else the file says is still worth checking; it does not load whatever comes.
    if isinstance(tree.root, MappingNode):
        start = tree.root.start
        tree.root.items[_VERSION] = Pair(_VERSION, start, start, ScalarNode(start, start, 1))


def _order(path: Path) -> tuple[tuple[bool, int, str], ...]:
    return tuple((isinstance(step, str), step if isinstance(step, int) else 0, str(step)) for step in path)


def _owner(path: Path) -> tuple[str, int] | None:
    for kind, section in SECTIONS.items():
        if len(path) > len(section) and path[: len(section)] == section:
            return kind, len(section) + 1
    return None


def _is_within_entry(path: Path) -> bool:
    owner = _owner(path)
    return owner is not None and len(path) > owner[1]


def _name(tree: Tree, path: Path) -> str:
    """The name of an entry, empty where it has none."""
    step = path[-1]
    if isinstance(step, str):
        return step if step.isprintable() else ""
    node = tree.find(path)
    if isinstance(node, MappingNode):
        named = node.items.get("id")
        node = named.node if named else None
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""


def _remove(tree: Tree, path: Path) -> None:
    parent, step = tree.find(path[:-1]), path[-1]
    if isinstance(parent, MappingNode) and isinstance(step, str):
        parent.items.pop(step, None)
    elif isinstance(parent, SequenceNode) and isinstance(step, int) and step < len(parent.items):
        del parent.items[step]
        if not parent.items:
            _remove(tree, path[:-1])
