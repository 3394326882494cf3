"""What a host gives to an integration, looked at where it is given: a mistake is found before a request comes."""

from scopeguard import Guard, Principal, RequestError
from scopeguard.callbacks import is_deferred


def require_guard(guard: object) -> None:
    """Raise RequestError for what is no guard, such as the path of its policies."""
    if not isinstance(guard, Guard):
        raise RequestError(f"the guard must be a Guard, not {type(guard).__name__}; Guard.load(…) gives one")


def require_function(function: object, what: str) -> None:
    """Raise RequestError for what cannot be called, such as a principal in the place of what finds one."""
    if not callable(function):
        raise RequestError(f"{what} must be a function, not {type(function).__name__}")


def require_functions(*needed: str, **functions: object) -> None:
    """Raise RequestError where one of *functions* cannot be called; None stands for those that are not *needed*."""
    for name, function in functions.items():
        if function is not None or name in needed:
            require_function(function, name)


def require_at_once(**functions: object) -> None:
    """Raise RequestError where one of *functions*, which are called and not awaited, is asynchronous."""
    for name, function in functions.items():
        if is_deferred(function):
            raise RequestError(f"{name} must not be asynchronous: it is called, and nobody awaits it")


def require_principal(principal: object) -> None:
    """Raise RequestError for what is no principal."""
    if not isinstance(principal, Principal):
        raise RequestError(f"whoever asks must be a Principal, not {type(principal).__name__}")
