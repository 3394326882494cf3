"""The solver. Needs the extra ``prove``."""

try:
    import z3
except ModuleNotFoundError as error:
    if error.name != "z3":
        raise
    needed = "proofs need their extra: pip install 'scopeguard-authz[prove]'"
    raise ModuleNotFoundError(needed, name="z3") from None

__all__ = ["z3"]
