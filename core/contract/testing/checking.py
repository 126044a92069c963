"""Contract group *check*: the answer to "does this connection work?" is right, cheap and keeps secrets."""

from __future__ import annotations

from core.contract.errors import AuthFailed, PermissionMissing
from core.contract.roles import Counts
from core.contract.testing.acts import failure_of, truth
from core.contract.testing.bench import Bench, FaultKind
from core.contract.testing.capabilities import CALLS_OUT, COUNTS, WRITES, needs, part


class CheckGroup:
    """`check()` tells the truth."""

    def test_a_working_connection_names_its_account(self, bench: Bench) -> None:
        assert bench.make().check().account.strip()

    @needs(WRITES)
    def test_checking_changes_nothing(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        truth(bench).seed(sample.object, 1)
        before = dict(truth(bench).records(sample.object))
        bench.make().check()
        assert dict(truth(bench).records(sample.object)) == before

    @needs(CALLS_OUT)
    def test_wrong_credentials_stop_the_connection(self, bench: Bench) -> None:
        connector = part(bench.make_unauthorized, "make_unauthorized")()
        assert isinstance(failure_of(connector.check), AuthFailed)

    @needs(CALLS_OUT)
    def test_a_refused_token_stops_the_connection(self, bench: Bench) -> None:
        connector = bench.make()
        part(bench.faults, "faults").set(FaultKind.UNAUTHORIZED)
        assert isinstance(failure_of(connector.check), AuthFailed)

    @needs(CALLS_OUT)
    def test_a_missing_permission_is_named(self, bench: Bench) -> None:
        connector = bench.make()
        part(bench.faults, "faults").set(FaultKind.FORBIDDEN)
        error = failure_of(connector.check)
        assert isinstance(error, PermissionMissing)
        assert error.scope, "The error must name the permission in the vendor's words."

    @needs(CALLS_OUT)
    def test_no_message_shows_a_secret(self, bench: Bench) -> None:
        faults = part(bench.faults, "faults")
        told = _story(failure_of(part(bench.make_unauthorized, "make_unauthorized")().check))
        for kind in (FaultKind.UNAUTHORIZED, FaultKind.FORBIDDEN, FaultKind.SERVER_ERROR, FaultKind.RESET, FaultKind.HTML_BODY):
            faults.set(kind)
            told += _story(failure_of(bench.make().check))
            faults.clear()
        assert not [secret for secret in bench.secrets if secret in told], "A message shows a secret."

    @needs(COUNTS)
    def test_the_vendors_count_of_calls_grows_with_the_calls(self, bench: Bench) -> None:
        connector = bench.make()
        assert isinstance(connector, Counts), "Role 'counts' is declared, but there is no method 'usage'."
        before = connector.usage()
        connector.check()
        after = connector.usage()
        assert before is not None and after is not None, "The bench's credentials must be told the count."
        assert 0 <= before.used < after.used <= after.allowed


def _story(error: BaseException | None) -> str:
    """All words of an error, of its hint and of its causes."""
    if error is None:
        return ""
    return f"{error!s} {error!r} {getattr(error, 'hint', '')} " + _story(error.__cause__ or error.__context__)
