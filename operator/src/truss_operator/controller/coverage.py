"""Keeps account of what has been listed, and of what keeps the rest from it. Lists nothing itself.

Each place has its own account: a namespace that is gone, or a permission that is missing there, is no reason
to leave the others alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from truss_operator.controller.scope import Place, Scope
from truss_operator.kube.errors import (
    ApiError,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Untrusted,
)
from truss_operator.kube.resource import WATCHED

_OUTSIDE = (Forbidden, NotFound, TooManyRequests, Unauthorized, Unavailable)


def is_outside(error: ApiError) -> bool:
    """Whether the reason for it is outside this process, so that another one would fare no better.

    A certificate that is not to be trusted is none of those: a process reads the authority when it starts.
    """
    return isinstance(error, _OUTSIDE) and not isinstance(error, Untrusted)


@dataclass(slots=True)
class _Account:
    listed: bool = False
    """Whether it ever was."""
    sound_until: float | None = None
    """When it was listed last; where it could not be for a reason outside, when it is to be tried again."""
    trouble: ApiError | None = None
    """Why it could not be listed the last time."""


class Coverage:
    """What is in the cache, by place.

    Args:
        scope: What is to be listed.
        time: Monotonic seconds.
    """

    def __init__(self, scope: Scope, time: Callable[[], float]) -> None:
        self._scope = scope
        self._time = time
        self._accounts = {place: _Account() for place in scope.places()}
        self._covered: set[str] = set()

    def listed(self, place: Place) -> None:
        """Takes note that a place has been listed."""
        account = self._accounts[place]
        account.listed, account.sound_until, account.trouble = True, self._time(), None
        realm = place.namespace
        if all(self._accounts[Place(resource, realm)].listed for resource in WATCHED):
            self._covered.add(realm)

    def failed(self, place: Place, error: ApiError, again_at: float) -> None:
        """Takes note that a place could not be listed, and is to be tried again then."""
        account = self._accounts[place]
        account.trouble = error
        if is_outside(error):
            account.sound_until = again_at

    def trouble(self, place: Place) -> ApiError | None:
        """Why a place could not be listed the last time; None when it could, or nobody has tried."""
        return self._accounts[place].trouble

    def covers(self, namespace: str) -> bool:
        """Whether all there is in a namespace has been listed: to work on half of it would be wrong."""
        return self._scope.realm_of(namespace) in self._covered

    def begun(self) -> bool:
        """Whether each place has been listed, or was refused, and there is a namespace to work on."""
        accounts = self._accounts.values()
        return bool(self._covered) and all(
            each.listed or isinstance(each.trouble, Forbidden) for each in accounts
        )

    def complaints(self, seconds: float) -> list[str]:
        """What has not been listed for so long, and why, unless the reason is outside this process."""
        now = self._time()
        return [
            f"{place} not listed for {now - each.sound_until:.0f} s: {each.trouble or 'it hangs'}"
            for place, each in self._accounts.items()
            if each.sound_until is not None and now - each.sound_until > seconds
        ]

    def missing(self) -> list[str]:
        """What has never been listed, and why, as far as that is known."""
        return [
            f"{place} not listed yet" + (f": {each.trouble}" if each.trouble is not None else "")
            for place, each in self._accounts.items()
            if not each.listed
        ]
