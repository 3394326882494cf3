"""What is kept beside a kept answer for lists and pages."""

from pathlib import Path

from scopeguard import Context, Guard, Principal
from scopeguard.limits import MAX_TOLD
from tests.kept import engine_of, kept_answers

PACK = """
scopeguard: 1
catalog:
  surfaces: {notes: {actions: [read], coarse: true, attributes: {size: int}}}
  attributes: {context: {size: int}}
roles: {reader: {holds: ["notes:read"], rank: 1}}
rules:
  - {id: notes.large, effect: deny, on: ["notes:read"], when: resource.size > context.size, code: not_permitted}
"""


def test_what_is_kept_for_lists_is_bounded(tmp_path: Path) -> None:
    """Of ever other circumstances each list is told rightly, and no more of them are kept than the bound says."""
    (tmp_path / "pack.yaml").write_text(PACK, "utf-8")
    guard, reader = Guard.load(tmp_path), Principal.member("m", workspace="w", roles=["reader"])
    kept = set()
    for size in range(3 * MAX_TOLD):
        found = guard.matrix({"reader": reader}, ["notes:read"], Context(attributes={"size": size}))
        assert found["reader", "notes:read"].note == f"!(resource.size > {size})"
        (answer,) = kept_answers(engine_of(guard))
        kept.add(len(answer.views))
    assert max(kept) == MAX_TOLD
