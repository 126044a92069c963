"""The one owner of a connection's token: one thread fetches, the others use what it got, and a refusal is remembered."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from datetime import timedelta

from core.contract import AuthFailed, Clock, ConnectorError, Http, StopConnection, Token, TryLater
from core.runtime.http.options import Authenticate, TokenStore

_LONGEST_AHEAD = timedelta(seconds=60)
_REMEMBER_REFUSAL_SECONDS = 60.0
_REMEMBER_OUTAGE_SECONDS = 5.0


class TokenKeeper:
    """Lend the current token, renew it before it expires or when it was refused.

    Guarantees: at most one fetch at a time; a refused token is renewed once for all who met the refusal; while a
    refusal is remembered nobody logs in. Never turns an outage of the token endpoint into AuthFailed.
    """

    def __init__(self, store: TokenStore, clock: Clock, seconds: Callable[[], float], refusal: Callable[[], AuthFailed]) -> None:
        """Read and write through `store`; `refusal` words the error for a token that stays refused."""
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._refusal = refusal
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._ahead = _LONGEST_AHEAD
        self._on_trial = False
        self._failure: ConnectorError | None = None
        self._failure_until = 0.0
        self._authenticate: Callable[[Token | None], Token] | None = None

    def authenticate_with(self, authenticate: Authenticate, http: Http) -> None:
        """Fetch tokens through this from now on; `http` must not ask for a token itself."""
        self._authenticate = lambda previous: authenticate(previous, http)

    def base_url(self) -> str | None:
        """Tell the base address that came with the token that is held now, without fetching one."""
        return self._token.base_url if self._token is not None else None

    def token(self) -> Token | None:
        """Give a token that is good for now; None when the connection needs none.

        Raises AuthFailed or TryLater when there is none and none can be fetched.
        """
        if self._authenticate is None:
            return None
        held = self._token
        stopped = isinstance(self._failure, StopConnection)
        if held is not None and not stopped and not self._is_due(held):
            return held
        usable = held if held is not None and not stopped and not self._is_over(held) else None
        if not self._lock.acquire(blocking=usable is None):
            return usable
        try:
            return self._good_or_fetched()
        finally:
            self._lock.release()

    def renew(self, refused: Token) -> Token | None:
        """Give the token that took the refused one's place, fetching it when nobody has yet.

        None when the vendor only has the same token to give. Raises AuthFailed when the refused one was itself fetched
        after a refusal and has never been taken; raises AuthFailed or TryLater as the fetch does.
        """
        with self._lock:
            if self._token is not None and self._token.value != refused.value:
                self._raise_remembered(StopConnection)
                return self._token
            stored = self._store.load()
            if stored is not None and stored.value != refused.value and not self._is_over(stored):
                self._token, self._on_trial = stored, False
                return stored
            if self._on_trial:
                raise self._refuse()
            fresh = self._fetch(refused)
            self._on_trial = True
            return fresh if fresh.value != refused.value else None

    def refuse(self) -> AuthFailed:
        """Remember that even a new token was refused, and word the error."""
        with self._lock:
            return self._refuse()

    def accept(self, token: Token) -> None:
        """Note that the vendor took the token, so that a later refusal of it is worth a login again."""
        if self._on_trial and token is self._token:
            self._on_trial = False

    def _refuse(self) -> AuthFailed:
        error = self._refusal()
        self._remember(error, _REMEMBER_REFUSAL_SECONDS)
        return error

    def _good_or_fetched(self) -> Token:
        token = self._token or self._store.load()
        if token is not None and self._is_due(token):
            token = self._store.load() or token
        if token is not None and not self._is_due(token):
            self._raise_remembered(StopConnection)
            self._token = token
            return token
        try:
            return self._fetch(token)
        except TryLater:
            if token is None or self._is_over(token):
                raise
            self._token = token
            return token

    def _fetch(self, previous: Token | None) -> Token:
        self._raise_remembered(ConnectorError)
        assert self._authenticate is not None
        try:
            token = self._authenticate(previous)
        except TryLater as error:
            # What the caller wanted to send has not been sent, whatever became of the login.
            error.outcome_unknown = False
            self._remember(error, getattr(error, "retry_after", None) or _REMEMBER_OUTAGE_SECONDS)
            raise
        except ConnectorError as error:
            self._remember(error, _REMEMBER_REFUSAL_SECONDS)
            raise
        if token.expires_at is not None:
            self._ahead = min(_LONGEST_AHEAD, (token.expires_at - self._clock.now()) / 2)
        self._store.save(token)
        self._token = token
        return token

    def _remember(self, error: ConnectorError, seconds: float) -> None:
        self._failure = copy.copy(error)
        self._failure_until = self._seconds() + seconds

    def _raise_remembered(self, kind: type[ConnectorError]) -> None:
        if self._failure is not None and self._seconds() >= self._failure_until:
            self._failure = None
            self._on_trial = False
        if isinstance(self._failure, kind):
            raise copy.copy(self._failure)

    def _is_due(self, token: Token) -> bool:
        return token.expires_at is not None and self._clock.now() >= token.expires_at - self._ahead

    def _is_over(self, token: Token) -> bool:
        return token.expires_at is not None and self._clock.now() >= token.expires_at
