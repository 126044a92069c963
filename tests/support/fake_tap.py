"""A Singer tap for tests: tells the records of a file, and misbehaves as its configuration says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def option(name: str) -> Any:
    return json.loads(Path(sys.argv[sys.argv.index(name) + 1]).read_text("utf-8")) if name in sys.argv else None


def sync(config: Mapping[str, Any], key: list[str]) -> None:
    """Tell the records behind the state, with a STATE after every hundred."""
    say(type="STATE", value=option("--state") or {})
    say(type="schema", stream="people", schema={}, key_properties=key)
    seen = (option("--state") or {}).get("seq", 0)
    records = json.loads(Path(config["records"]).read_text("utf-8"))
    fresh = sorted((each for each in records if each["seq"] > seen), key=lambda each: int(each["seq"]))
    for number, record in enumerate(fresh, start=1):
        say(type="RECORD", stream="people", record=record, time_extracted="2026-03-02T09:00:00Z")
        if number % 100 == 0 or number == len(fresh):
            say(type="STATE", value={"seq": record["seq"]})


def crash(config: Mapping[str, Any]) -> None:
    say(type="RECORD", stream="people", record={"id": 99, "name": "unconfirmed"})
    sys.exit(f"Traceback: token {config['token']} of ada@example.com was refused")


def endless(_: Mapping[str, Any]) -> None:
    while True:
        sys.stdout.write("x" * 65536)


def hog(_: Mapping[str, Any]) -> None:
    bytearray(1024 * 1024 * 1024)


def hang(config: Mapping[str, Any]) -> None:
    child = subprocess.Popen(["/bin/sleep", "1000"])
    Path(config["pids"]).write_text(f"{os.getpid()} {child.pid}", "utf-8")
    child.wait()


def orphan(_: Mapping[str, Any]) -> None:
    subprocess.Popen(["/bin/sleep", "1000"])


def garbage(_: Mapping[str, Any]) -> None:
    print('hello\n{"type":"RECORD","stream":"people","record":[1]}\n{"type": 7}\n[]')
    print('{"type":"RECORD","stream":"people","record":{"id":NaN}}', flush=True)
    say(type="RECORD", stream="people", record={"name": "no id"})
    say(type="ACTIVATE_VERSION", stream="people", version=1)
    say(type="RECORD", stream="strangers", record={"id": 1})


def noise(_: Mapping[str, Any]) -> None:
    print("noise\n" * 200)


def batch(_: Mapping[str, Any]) -> None:
    say(type="BATCH", stream="people", manifest=["file:///nowhere"])


def environment(config: Mapping[str, Any]) -> None:
    path = Path(sys.argv[sys.argv.index("--config") + 1])
    modes = [oct(each.stat().st_mode & 0o777) for each in (path, path.parent)]
    seen = {"environment": dict(os.environ), "modes": modes, "catalog": option("--catalog"), "config": config, "at": str(path)}
    say(type="RECORD", stream="people", record={"id": 1, **seen})


MODES = {each.__name__: each for each in (crash, endless, hog, hang, orphan, garbage, noise, batch, environment)}


def main() -> None:
    config = option("--config")
    if "--discover" in sys.argv:
        schema = {"properties": {"id": {"type": ["integer"]}, "email": {"type": ["null", "string"], "format": "email"}, "odd": {}}}
        unsupported = [{"breadcrumb": ["properties", "odd"], "metadata": {"inclusion": "unsupported"}}]
        people = {"tap_stream_id": "crm-people", "stream": "people", "schema": schema, "metadata": unsupported}
        print(json.dumps({"streams": [people, {"tap_stream_id": "other", "stream": "other", "schema": {}}]}, indent=1))
        return
    sync(config, config.get("key", ["id"]))
    mode = config.get("mode")
    if mode:
        MODES[mode](config)


main()
