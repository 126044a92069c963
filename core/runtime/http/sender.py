"""The path that every call takes: gate, token, limits, lease, send, note, and again where that is safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.contract import ConfigInvalid, ConnectorError, ContractBroken, RateLimited, Request, Response, Token, Unavailable
from core.contract.http import ErrorRow
from core.runtime.http.budget import Budget
from core.runtime.http.defaults import error_for, is_success, refused_credentials
from core.runtime.http.guard import AddressRefused, GuardedBackend
from core.runtime.http.limits import Hold, Limits
from core.runtime.http.options import CallNote, HttpOptions
from core.runtime.http.origins import NotPinned, Origin, Pin, with_params
from core.runtime.http.pressure import read_day_usage, read_pressure, read_retry_after
from core.runtime.http.retrying import AgainPlease, RetryBudget, RetryPolicy
from core.runtime.http.tokens import TokenKeeper
from core.runtime.http.wire import AnswerLost, AnswerTooLarge, NeverSent, Parcel, Unsendable, Wire
from core.runtime.http.wording import Wording
from core.runtime.urgency import is_background

_LONGEST_PAUSE = 2.0
_SHORTEST_PAUSE = 0.001  # a hold of less than a clock's tick would be slept for ever, each time for nothing
_LONGEST_SHORT_RETRY_AFTER = 3.0
_PAUSE_AFTER_BARE_429 = 1.0
_RETRIED_STATUSES = frozenset({502, 503, 504})


class Sender:
    """The contract's `Http` for one connection; safe to use from any number of threads."""

    def __init__(self, options: HttpOptions, pin: Pin) -> None:
        """Prepare without I/O."""
        self._options = options
        self._pin = pin
        self.wording = Wording(options.connection, options.manifest)
        self.keeper = TokenKeeper(options.tokens, options.clock, options.seconds, lambda: refused_credentials(self.wording))
        self._limits = options.limits or Limits(options.manifest.limits)
        self._budget = options.budget or Budget()
        self._retry = RetryPolicy(options.retry_seconds, options.sleep, options.jitter, RetryBudget())
        backend = GuardedBackend(pin, options.resolve)
        self._wire = Wire(backend, options.timeouts, options.max_response_bytes, options.seconds)

    def send(self, request: Request, rows: Sequence[ErrorRow] = ()) -> Response:
        """Send, and return an answer that is a success or accepted; raise the row's or the table's error otherwise."""
        response = self.deliver(request)
        if is_success(request, response.status):
            return response
        raise error_for(request, response, rows, self.wording, self._options.clock.now())

    def deliver(self, request: Request) -> Response:
        """Send, and return the final answer whatever its status; raise only when there is none."""
        if not (request.method.isascii() and request.method.isalpha()):
            raise ContractBroken(f"A call for connection '{self._options.connection}' was not sent. Its method is no HTTP method.")
        return self._retry.run(lambda attempt: self._attempt(request, attempt))

    def own_origin(self) -> str:
        """Tell the origin that belongs to the connection: its token's, else its settings'; fetches a token if none is held.

        Raises ContractBroken when neither names one.
        """
        token = self.keeper.token()
        return str(Origin.of(self.resolve("/", token.base_url if token is not None else None)))

    def resolve(self, url: str, base: str | None = None) -> str:
        """Make a URL absolute, on `base` or the settings' base address; raises ContractBroken when it may not be called."""
        try:
            return self._pin.resolve(url, base or self._options.base_url)
        except NotPinned as error:
            raise ContractBroken(f"A call for connection '{self._options.connection}' was not sent. {error}") from None

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def _attempt(self, request: Request, attempt: int) -> Response:
        self._raise_if_closed()
        token = self.keeper.token() if request.authenticated else None
        response = self._exchange(request, token, attempt)
        if response.status == 401 and token is not None:
            token = self.keeper.renew(token)
            if token is not None:
                response = self._exchange(request, token, attempt)
        if response.status != 401 and token is not None:
            self.keeper.accept(token)
        elif response.status == 401 and request.authenticated:
            self.keeper.refuse()
        self._raise_if_again(request, response)
        return response

    def _exchange(self, request: Request, token: Token | None, attempt: int) -> Response:
        parcel = self._pack(request, token)
        self._wait_for_share(request.bucket)
        self._options.before_send()
        began = self._options.seconds()
        status: int | None = None
        try:
            response = self._wire.send(parcel)
            status = response.status
        except NeverSent as error:
            raise AgainPlease(Unavailable(self._say(request, "could not be reached for"))) from error
        except AnswerLost as error:
            raise self._lost(request, error) from error
        except (AddressRefused, AnswerTooLarge, Unsendable) as error:
            raise self._refused(request, error) from None
        finally:
            path = self.wording.path(parcel.url)
            note = CallNote(self._options.connection, request.method, path, status, self._options.seconds() - began, attempt)
            self._options.observe(note)
        self._heed(request, response)
        return response

    def _pack(self, request: Request, token: Token | None) -> Parcel:
        base = token.base_url if token is not None else self.keeper.base_url()
        url = self.resolve(with_params(request.url, request.params), base)
        secret = ("Authorization", f"{token.scheme} {token.value}") if token is not None else None
        return Parcel(request.method, url, request.headers, request.body, request.timeout_seconds, secret)

    def _lost(self, request: Request, error: AnswerLost) -> Exception:
        failure = Unavailable(self._say(request, f"gave no usable answer ({error}) to"), outcome_unknown=not request.is_repeatable)
        return AgainPlease(failure) if request.is_repeatable else failure

    def _refused(self, request: Request, error: Exception) -> ConnectorError:
        if isinstance(error, AddressRefused):
            hint = "If it is meant to be on a private network, name its address in the connection's settings."
            return ConfigInvalid(self._say(request, "has a host name that leads to a private address; not sent:"), hint=hint)
        if isinstance(error, AnswerTooLarge):
            return ContractBroken(self._say(request, f"answered with more than {self._options.max_response_bytes} bytes to"))
        return ContractBroken(self._say(request, "cannot be sent, because a header, URL or method is not valid HTTP:"))

    def _raise_if_again(self, request: Request, response: Response) -> None:
        if not request.is_repeatable or is_success(request, response.status):
            return
        wait = read_retry_after(response.headers, self._options.clock.now())
        is_short = wait is not None and wait <= _LONGEST_SHORT_RETRY_AFTER
        if (response.status in _RETRIED_STATUSES and (wait is None or is_short)) or (response.status == 429 and is_short):
            raise AgainPlease(response, wait)

    def _heed(self, request: Request, response: Response) -> None:
        """Take over what the answer says about limits."""
        now, seconds = self._options.clock.now(), self._options.seconds()
        pressure = read_pressure(response.headers, now)
        if pressure is not None:
            name = self._limits.name_for(request.bucket, pressure.interval_seconds)
            self._limits.tighten(name, pressure.remaining, pressure.reset_seconds, seconds)
        usage = read_day_usage(response.headers)
        if usage is not None:
            self._budget.note(usage.used, usage.allowed, now)
        silence = read_retry_after(response.headers, now) if response.status in {429, 503} else None
        if silence is None and response.status == 429:
            silence = _PAUSE_AFTER_BARE_429
        if silence:
            self._limits.close_gate(silence, seconds)

    def _raise_if_closed(self) -> None:
        hold = self._limits.gate(self._options.seconds())
        if hold is not None and hold.seconds > _LONGEST_PAUSE:
            raise self._limited(hold)

    def _wait_for_share(self, bucket: str | None) -> None:
        waited = 0.0
        while (hold := self._limits.acquire(bucket, self._options.seconds())) is not None:
            if waited + hold.seconds > _LONGEST_PAUSE:
                raise self._limited(hold)
            pause = max(hold.seconds, _SHORTEST_PAUSE)
            self._options.sleep(pause)
            waited += pause
        hold = self._budget.acquire(bucket, self._options.clock.now(), live=not is_background())
        if hold is not None:
            raise self._limited(hold)

    def _limited(self, hold: Hold) -> RateLimited:
        text = f"A call for connection '{self._options.connection}' was held back: {hold.reason}."
        return RateLimited(text, retry_after=hold.seconds)

    def _say(self, request: Request, what: str) -> str:
        return self.wording.about(f"{what} {request.method} {self.wording.path(request.url)}")


class LoginHttp:
    """The same path without a token: what `Authenticates.token` gets. Paths are joined to the settings' base address."""

    def __init__(self, sender: Sender) -> None:
        """Borrow the connection's sender."""
        self._sender = sender

    def send(self, request: Request, rows: Sequence[ErrorRow] = ()) -> Response:
        """Send as the sender does, never with a token."""
        return self._sender.send(replace(request, url=self._sender.resolve(request.url), authenticated=False), rows)
