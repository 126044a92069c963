"""The connector of S3 files passes the contract suite, over loopback HTTP against the stand-in, which checks every signature."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.s3_files import api
from connectors.s3_files.connector import S3Files
from connectors.s3_files.settings import S3FilesSettings
from core.contract import AuthFailed, ConfigInvalid, Cursor, Manifest, ObjectName, Page, Unavailable, load_manifest
from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample
from core.runtime.http import OpenedContext
from sandbox.clock import DialClock
from sandbox.s3 import S3StandIn
from sandbox.s3.stand_in import ACCESS_KEY_ID, BUCKET, REGION, SECRET, error_answer
from sandbox.shell import Served
from tests.support.contract_bench import JointClock, SandboxFaults
from tests.support.http import make_context
from tests.support.sandbox import serving

ROW = ObjectName("row")


def s3_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(__file__).resolve().parents[2] / "connectors" / "s3_files" / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


def spoilt(status: int, code: str) -> Mapping[str, Any]:
    return {"kind": "status", "status": status, "body": error_answer(status, code).body.decode()}


@dataclass
class Store:
    """The stand-in's bucket, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)
    rows: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    files: int = 0

    def connector(self, **changes: Any) -> S3Files:
        """A fresh connector with a context of its own."""
        given = {"bucket": BUCKET, "region": REGION, "access_key_id": ACCESS_KEY_ID, "secret_access_key": SECRET, "key": "Key"}
        opened = make_context(self.served.url, manifest=s3_manifest(), clock=self.clock)
        self.opened.append(opened)
        return S3Files(S3FilesSettings.model_validate({**given, "endpoint": self.served.url, **changes}), opened.context)

    def put(self, key: str, content: str | bytes) -> None:
        """Put an object in place."""
        body = content.encode() if isinstance(content, str) else content
        self.control("put", key=key, base64=base64.b64encode(body).decode())

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        ids = [f"K{len(self.rows) + number}" for number in range(count)]
        self._write({each: f"Seed {each}" for each in ids})
        return ids

    def change(self, object_name: str, native_id: str) -> None:
        self._write({native_id: f"Changed {self.files}"})

    def delete(self, object_name: str, native_id: str) -> None:
        raise AssertionError("reads of files tell no deletions")

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        return self.rows

    def read(self, since: Cursor | None = None, **changes: Any) -> list[Page]:
        """Read everything with a fresh connector."""
        return list(self.connector(**changes).read(ROW, since))

    def _write(self, names: Mapping[str, str]) -> None:
        self.files += 1
        self.put(f"leads-{self.files:04}.csv", "Key,Name\n" + "".join(f"{key},{name}\n" for key, name in names.items()))
        self.rows.update({key: {"Key": key, "Name": name} for key, name in names.items()})


def ids(pages: Sequence[Page]) -> list[str]:
    """The ids of all records."""
    return [change.id for page in pages for change in page.changes]


class TestS3Files(ContractSuite):
    """One bucket in which every seeding is one file more."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        dial = DialClock()
        with serving(S3StandIn(), dial) as served:
            store = Store(served, JointClock(dial))
            yield store
            for opened in store.opened:
                opened.close()

    @pytest.fixture
    def bench(self, store: Store) -> Bench:
        same = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>"
        words = {
            FaultKind.UNAUTHORIZED: spoilt(403, "InvalidAccessKeyId"),
            FaultKind.FORBIDDEN: spoilt(403, "AccessDenied"),
            FaultKind.SAME_PAGE: {"kind": "status", "status": 200, "body": same},
        }
        return Bench(
            manifest=s3_manifest(),
            make=store.connector,
            make_unauthorized=lambda: store.connector(secret_access_key="wrong-secret"),
            faults=SandboxFaults(store.served, words=words),
            secrets=[SECRET, "wrong-secret"],
            advance=store.clock.advance,
            remote=store,
            reading=ReadSample(object=ROW, several_pages=1_750),
        )

    def test_only_files_with_another_version_are_read_again(self, store: Store) -> None:
        store.put("a.csv", "Key\n1\n")
        store.put("b.csv", "Key\n2\n")
        cursor = store.read()[-1].resume
        assert ids(store.read(cursor)) == []
        store.put("b.csv", "Key\n3\n")
        assert ids(store.read(cursor)) == ["3"]

    def test_a_file_that_is_gone_is_forgotten_and_read_when_it_comes_back(self, store: Store) -> None:
        store.put("a.csv", "Key\n1\n")
        cursor = store.read()[-1].resume
        store.control("delete", key="a.csv")
        cursor = store.read(cursor)[-1].resume
        store.put("a.csv", "Key\n1\n")
        assert ids(store.read(cursor)) == ["1"]

    def test_prefix_and_pattern_choose_the_files(self, store: Store) -> None:
        for number, key in enumerate(["in/a.csv", "in/b.txt", "in/~$c.csv", "out/d.csv", "in/E.CSV", "in/empty.csv"]):
            store.put(key, "" if "empty" in key else f"Key\n{number}\n")
        assert ids(store.read(prefix="in/")) == ["4", "0"]

    @pytest.mark.parametrize("key", ["in/a b+c&ü~!'(x)*.csv", "in//twice.csv", "per%2Fcent.csv", "\U0001f600.csv"])
    def test_odd_keys_are_listed_and_signed_right(self, store: Store, key: str) -> None:
        store.put(key, "Key\n1\n")
        (change,) = [change for page in store.read() for change in page.changes]
        assert change.fields["_row"] == {"file": key, "sheet": None, "row": 2}

    def test_a_key_with_dot_parts_is_rejected_and_the_others_are_read(self, store: Store) -> None:
        store.put("a/../b.csv", "Key\n1\n")
        store.put("c.csv", "Key\n2\n")
        pages = store.read()
        (reject,) = [reject for page in pages for reject in page.rejects]
        assert "cannot be asked for safely" in reject.error.message
        assert ids(pages) == ["2"]

    def test_a_listing_of_many_pages_is_followed_to_its_end(self, store: Store) -> None:
        store.control("page", keys=2)
        for number in range(7):
            store.put(f"{number}.csv", f"Key\n{number}\n")
        assert ids(store.read()) == [str(number) for number in range(7)]
        with pytest.raises(ConfigInvalid, match="More than 6"):
            store.read(max_files=6)

    def test_a_large_file_is_fetched_in_parts_of_one_version(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api, "PART_BYTES", 100)
        store.put("a.csv", "Key\n" + "".join(f"{number}\n" for number in range(200)))
        assert ids(store.read()) == [str(number) for number in range(200)]

    def test_a_file_that_changes_while_it_is_fetched_is_left_for_the_next_read(self, store: Store) -> None:
        store.put("a.csv", "Key\n1\n")
        store.served.faults.add({**spoilt(412, "PreconditionFailed"), "match": "a.csv"})
        (page,) = store.read()
        assert (page.changes, page.rejects) == ((), ())
        assert ids(store.read(page.resume)) == ["1"]

    def test_a_file_that_is_replaced_after_the_listing_is_read_at_the_next_read(self, store: Store) -> None:
        store.put("a.csv", "Key\n1\n")
        store.put("b.csv", "Key\n2\n")
        reading = store.connector().read(ROW, None)
        first = next(reading)
        store.put("b.csv", "Key\n3\n")
        pages = [first, *reading]
        assert ids(pages) == ["1"]
        assert ids(store.read(pages[-1].resume)) == ["3"]

    def test_a_storage_that_does_not_heed_if_match_is_found_out_by_the_etag(self, store: Store) -> None:
        store.put("a.csv", "Key\n1\n")
        other = {"status": 206, "body": "Key\n9\n", "headers": {"content-range": "bytes 0-5/6", "etag": '"other"'}}
        store.served.faults.add({"kind": "status", "match": "a.csv", **other})
        assert ids(store.read()) == []

    def test_a_part_that_was_not_asked_for_is_not_taken(self, store: Store) -> None:
        store.put("a.csv", "Key\n1\n")
        odd = {"kind": "status", "status": 206, "body": "Key\n9\n", "headers": {"content-range": "bytes 6-11/12"}}
        store.served.faults.add({**odd, "match": "a.csv"})
        with pytest.raises(Unavailable, match="another part"):
            store.read()

    def test_workbooks_are_read_as_in_a_folder(self, store: Store) -> None:
        book, content = Workbook(), io.BytesIO()
        assert book.active is not None
        for row in (["Customer no", "Phone"], [7, 493012345678]):
            book.active.append(row)
        book.save(content)
        store.put("a.xlsx", content.getvalue())
        (change,) = [change for page in store.read(aliases={"Key": "customer_no"}) for change in page.changes]
        assert (change.id, change.fields["Phone"]) == ("7", "493012345678")

    def test_a_file_that_cannot_be_read_is_one_reject_and_not_fetched_again(self, store: Store) -> None:
        store.put("a.xlsx", "no workbook")
        pages = store.read()
        assert ["a.xlsx" in reject.error.message for page in pages for reject in page.rejects] == [True]
        assert [page.rejects for page in store.read(pages[-1].resume)] == [()]
        (reject,) = [reject for page in store.read(max_file_bytes=5) for reject in page.rejects]
        assert "larger than 5 bytes" in reject.error.message

    def test_the_columns_are_told_and_no_copy_of_a_file_stays(self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        store.put("a.csv", "Key;Full name\n1;Ada\n")
        (described,) = store.connector().describe()
        store.read()
        assert [spec.name for spec in described.fields] == ["Key", "Full name"]
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("status", "code", "error", "setting"),
        [
            (404, "NoSuchBucket", ConfigInvalid, "bucket"),
            (301, "PermanentRedirect", ConfigInvalid, "region"),
            (400, "ExpiredToken", AuthFailed, None),
            (403, "RequestTimeTooSkewed", AuthFailed, None),
        ],
    )
    def test_refusals_say_what_to_do(self, store: Store, status: int, code: str, error: type[Exception], setting: str | None) -> None:
        store.served.faults.add(spoilt(status, code))
        with pytest.raises(error) as caught:
            store.connector().check()
        assert getattr(caught.value, "setting", None) == setting and getattr(caught.value, "hint", None)

    @pytest.mark.parametrize("body", ['<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult/>', "<Other/>", "<ListBucketResult>", "\x00"])
    def test_what_is_no_listing_is_not_read_as_an_empty_bucket(self, store: Store, body: str) -> None:
        store.served.faults.add({"kind": "status", "status": 200, "body": body})
        with pytest.raises(Unavailable):
            store.read()

    def test_a_foreign_cursor_and_another_object_are_refused(self, store: Store) -> None:
        with pytest.raises(ConfigInvalid, match="cursor"):
            store.read(Cursor("not ours"))
        with pytest.raises(ConfigInvalid, match="no object"):
            list(store.connector().read(ObjectName("file"), None))
