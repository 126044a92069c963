"""The traps of files on an SFTP server: growing files, files that may not be read, lost connections, and who may come in."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from openpyxl import Workbook

from core.contract import AuthFailed, ConfigInvalid, Cursor, ObjectName, PermissionMissing, RateLimited, Unavailable
from core.contract.testing import FaultKind
from core.contract.testing.watch import watch
from sandbox.sftp import PASSWORD, SftpFault
from sandbox.sftp.server import new_key
from tests.support.sftp_bench import ROW, Store, complaints, ids, sftp_store

PASSPHRASE = "a-passphrase-of-ours"


@pytest.fixture
def store() -> Iterator[Store]:
    with sftp_store() as store:
        yield store


@pytest.fixture
def client_key(store: Store) -> Ed25519PrivateKey:
    """A key that the server knows."""
    import paramiko

    key = Ed25519PrivateKey.generate()
    store.served.tree.keys.add(paramiko.Ed25519Key(file_obj=io.StringIO(written(key))).asbytes())
    return key


def written(key: Ed25519PrivateKey, passphrase: str | None = None) -> str:
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, lock).decode()


def wait_for_threads(before: set[int | None]) -> None:
    """Let the threads end that were not there before: those of both ends of broken connections."""
    for thread in threading.enumerate():
        if thread.ident not in before:
            thread.join(5)


def test_only_files_with_another_time_or_size_are_read_again(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    store.served.put("in/b.csv", "Key\n2\n")
    cursor = store.read()[-1].resume
    assert ids(store.read(cursor)) == []
    store.served.put("in/a.csv", "Key\n10\n")
    store.clock.advance(5)
    store.served.put("in/b.csv", "Key\n3\n")
    assert ids(store.read(cursor)) == ["10", "3"]


def test_a_file_that_is_gone_is_forgotten_and_read_when_it_comes_back(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    cursor = store.read()[-1].resume
    store.served.tree.delete("in/a.csv")
    cursor = store.read(cursor)[-1].resume
    store.served.put("in/a.csv", "Key\n1\n")
    assert ids(store.read(cursor)) == ["1"]


def test_several_folders_and_patterns_choose_the_files(store: Store) -> None:
    for number, path in enumerate(["a/x-1.csv", "a/y.csv", "b/x-2.CSV", "b/x.csv.part", "b/~$x.csv", "c/x-3.csv", "b/x-empty.csv"]):
        store.served.put(path, "" if "empty" in path else f"Key\n{number}\n")
    assert ids(store.read(folders=["a", "/b"], pattern="x*")) == ["2", "0"]


def test_a_growing_file_waits_until_two_polls_have_met_it_alike(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    first = store.read(complete="stable")
    store.clock.advance(300)
    store.served.put("in/a.csv", "Key\n1\n2\n")
    second = store.read(first[-1].resume, complete="stable")
    third = store.read(second[-1].resume, complete="stable")
    assert (ids(first), ids(second), ids(third)) == ([], [], ["1", "2"])
    assert ids(store.read(third[-1].resume, complete="stable")) == []


def test_a_file_of_the_same_size_written_later_is_still_growing(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    first = store.read(complete="stable")
    store.clock.advance(300)
    store.served.put("in/a.csv", "Key\n7\n")
    second = store.read(first[-1].resume, complete="stable")
    assert ids(second) == []


@pytest.mark.parametrize("companion", ["in/a.csv.done", "in/a.done"])
def test_a_companion_says_that_a_file_is_whole(store: Store, companion: str) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    waiting = store.read(complete="done")
    assert ids(waiting) == [] and ids(store.read(waiting[-1].resume, complete="done")) == []
    store.served.put(companion, "ready")
    assert ids(store.read(waiting[-1].resume, complete="done")) == ["1"]
    assert ids(store.read(complete="stable")) == ["1"]


def test_a_file_that_changes_between_listing_and_fetching_is_left_for_the_next_read(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    store.served.put("in/b.csv", "Key\n2\n")
    reading = store.connector().read(ROW, None)
    first = next(reading)
    store.served.put("in/b.csv", "Key\n2\n3\n")
    pages = [first, *reading]
    assert ids(pages) == ["1"]
    assert ids(store.read(pages[-1].resume)) == ["2", "3"]


def test_a_file_that_may_not_be_read_is_told_and_the_others_go_on_and_it_is_read_once_it_may(store: Store) -> None:
    for name in ("a", "b", "c"):
        store.served.put(f"in/{name}.csv", f"Key\n{name}\n")
    store.served.tree.denied.add("/in/b.csv")
    pages = store.read()
    assert ids(pages) == ["a", "c"]
    assert complaints(pages) == ["in/b.csv: The account may not read it."]
    store.served.tree.denied.clear()
    assert ids(store.read(pages[-1].resume)) == ["b"]


def test_a_connection_lost_in_the_middle_is_tried_later_and_goes_on_behind_the_last_row(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n" + "".join(f"a{number}\n" for number in range(800)))
    store.served.put("in/b.csv", "Key\nb\n")
    reading = store.connector().read(ROW, None)
    taken = [next(reading)]
    store.served.tree.fault = SftpFault.CUT
    with pytest.raises(Unavailable, match="connection broke"):
        taken.extend(reading)
    store.clear()
    rest = store.read(taken[-1].resume)
    assert sorted(ids(taken) + ids(rest)) == sorted([f"a{number}" for number in range(800)] + ["b"])


def test_a_server_that_hangs_up_between_two_files_is_called_again(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    store.served.put("in/b.csv", "Key\n2\n")
    before = {thread.ident for thread in threading.enumerate()}
    reading = store.connector().read(ROW, None)
    pages = [next(reading)]
    store.served.disconnect()
    wait_for_threads(before)
    pages.extend(reading)
    assert ids(pages) == ["1", "2"]


def test_a_server_that_gives_less_than_was_asked_for_is_read_whole(store: Store) -> None:
    store.served.most_bytes = 100
    store.served.put("in/a.csv", "Key\n" + "".join(f"{number}\n" for number in range(2_000)))
    assert len(ids(store.read())) == 2_000


def test_a_file_that_takes_too_long_is_given_up(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    reading = store.connector(fetch_seconds=60)
    clock = store.clock
    real = clock.now

    def later() -> object:
        clock.advance(70)
        return real()

    clock.now = later  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable, match="longer than 60 s"):
        list(reading.read(ROW, None))


def test_workbooks_are_read_as_in_a_folder(store: Store) -> None:
    book, content = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (["Customer no", "Phone"], [7, 493012345678]):
        book.active.append(row)
    book.save(content)
    store.served.put("in/a.xlsx", content.getvalue())
    (change,) = [change for page in store.read(aliases={"Key": "customer_no"}) for change in page.changes]
    assert (change.id, change.fields["Phone"]) == ("7", "493012345678")


def test_an_unreadable_file_is_one_reject_and_not_fetched_again(store: Store) -> None:
    store.served.put("in/a.xlsx", "no workbook")
    pages = store.read()
    assert len(complaints(pages)) == 1
    opened = [line for line in store.served.tree.journal if line.startswith("open")]
    assert complaints(store.read(pages[-1].resume)) == []
    assert [line for line in store.served.tree.journal if line.startswith("open")] == opened
    assert "larger than 5 bytes" in complaints(store.read(max_file_bytes=5))[0]


def test_the_columns_are_told_and_no_copy_of_a_file_stays(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store.served.put("in/a.csv", "Key;Full name\n1;Ada\n")
    (described,) = store.connector().describe()
    store.read()
    assert [spec.name for spec in described.fields] == ["Key", "Full name"]
    assert list(tmp_path.iterdir()) == []


def test_a_changed_host_key_stops_before_any_password_is_sent_and_tells_the_new_one(store: Store) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        store.connector(host_keys=f"ssh-ed25519 {new_key().fingerprint}").check()
    assert caught.value.setting == "host_keys"
    assert f"put 'ssh-ed25519 {store.served.fingerprint}'" in str(caught.value.hint)
    assert store.served.tree.journal == ["connect"]


def test_a_new_host_key_is_taken_beside_the_old_one(store: Store) -> None:
    assert store.connector(host_keys=[new_key().fingerprint, store.served.known_hosts_line]).check().account


def test_a_pinned_kind_that_the_server_does_not_have_stops(store: Store) -> None:
    with pytest.raises(ConfigInvalid, match="no way of encryption"):
        store.connector(host_keys=f"ssh-rsa {store.served.fingerprint}").check()


def test_a_private_key_opens_with_and_without_a_passphrase(store: Store, client_key: Ed25519PrivateKey) -> None:
    store.served.tree.password = ""
    assert store.connector(password=None, private_key=written(client_key)).check().account
    assert store.connector(password=None, private_key=written(client_key, PASSPHRASE), passphrase=PASSPHRASE).check().account


def test_a_server_that_wants_key_and_password_gets_both(store: Store, client_key: Ed25519PrivateKey) -> None:
    store.served.tree.both_needed = True
    assert store.connector(private_key=written(client_key)).check().account
    with pytest.raises(AuthFailed) as caught:
        store.connector(password=None, private_key=written(client_key)).check()
    assert "password" in str(caught.value.hint)


@pytest.mark.parametrize("passphrase", [None, "wrong"])
def test_a_locked_private_key_names_the_setting_and_calls_nobody(
    store: Store, client_key: Ed25519PrivateKey, passphrase: str | None
) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        store.connector(private_key=written(client_key, PASSPHRASE), passphrase=passphrase).check()
    assert caught.value.setting in {"passphrase", "private_key"} and PASSPHRASE not in f"{caught.value} {caught.value.hint}"
    assert store.served.tree.journal == []


def test_refused_accounts_stop_and_a_server_that_goes_away_while_logging_in_does_not(store: Store) -> None:
    with pytest.raises(AuthFailed):
        store.connector(password="wrong").check()
    store.served.tree.fault = SftpFault.LOSE_LOGIN
    with pytest.raises(Unavailable):
        store.connector().check()


def test_a_missing_folder_and_a_closed_one_are_named(store: Store) -> None:
    with pytest.raises(ConfigInvalid, match="'leads'") as missing:
        store.connector(folders=["in", "leads"]).check()
    assert missing.value.setting == "folders"
    store.served.tree.denied.add("/in")
    with pytest.raises(PermissionMissing) as closed:
        store.connector().check()
    assert closed.value.scope == "read in"


def test_too_many_files_are_refused(store: Store) -> None:
    for number in range(4):
        store.served.put(f"in/{number}.csv", "Key\n1\n")
    with pytest.raises(ConfigInvalid, match="More than 3"):
        store.read(max_files=3)


def test_a_busy_server_is_left_alone_for_a_while(store: Store) -> None:
    store.set(FaultKind.RATE_LIMITED)
    with pytest.raises(RateLimited) as caught:
        store.connector().check()
    assert caught.value.retry_after == 15


def test_a_port_where_nobody_listens_is_tried_later(store: Store) -> None:
    connector = store.connector()
    store.served.stop()
    with pytest.raises(Unavailable, match="cannot be reached"):
        connector.check()


def test_a_reading_that_is_left_or_done_closes_its_connection(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    before = {thread.ident for thread in threading.enumerate()}
    reading = store.connector().read(ROW, None)
    next(reading)
    reading.close()  # type: ignore[attr-defined]  # it is a generator
    store.read()
    store.served.stop()
    wait_for_threads(before)
    assert {thread.ident for thread in threading.enumerate()} <= before


def test_the_dialer_goes_to_the_configured_address_alone(store: Store) -> None:
    store.served.put("in/a.csv", "Key\n1\n")
    connector = store.connector()
    with watch(connector) as seen:
        list(connector.read(ROW, None))
    assert set(seen.connections) == {store.served.host}


def test_a_foreign_cursor_and_another_object_are_refused(store: Store) -> None:
    with pytest.raises(ConfigInvalid, match="cursor"):
        store.read(Cursor("not ours"))
    with pytest.raises(ConfigInvalid, match="no object"):
        list(store.connector().read(ObjectName("file"), None))


def test_paramiko_is_loaded_with_the_first_connection_only() -> None:
    code = "import sys, connectors.sftp_files.connector, core.runtime.dialing; print('paramiko' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_password_is_the_stand_ins_own() -> None:
    assert PASSWORD.startswith("sandbox")
