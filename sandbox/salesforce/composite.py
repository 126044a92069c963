"""Composite and batch: several requests in one, depending on each other or independent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import quote

from sandbox.salesforce.exchange import Exchange
from sandbox.salesforce.refusals import Refusal, refuse
from sandbox.wire import Answer, Request, json_answer

MOST_REQUESTS = 25
MOST_HEAVY = 5
_HEAVY = re.compile(r"/(?:query|queryAll|composite/sobjects)(?:[/?]|$)")
_REFERENCE = re.compile(r"@\{([A-Za-z]\w*)((?:\.\w+|\[\d+\])*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_ROOT = re.compile(r"^/?(?:services/data/)?v\d+\.\d/")
_ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."


class Dispatch(Protocol):
    """Answers one inner request with the rights and the time of the outer one."""

    def __call__(self, x: Exchange) -> Answer: ...


class CompositeResources:
    """The composite resources; they need the way back to all other resources."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch

    def composite(self, x: Exchange) -> Answer:
        """POST composite: in order, with references to earlier answers; the outer status is 200 whatever happens inside."""
        body = x.body()
        parts = _parts(body, "compositeRequest")
        _refuse_bad_parts(parts)
        all_or_none = body.get("allOrNone") is True
        with x.org.savepoint() as undo:
            answers = self._in_order(x, parts, all_or_none=all_or_none)
            failed = [one for one in answers if one["httpStatusCode"] >= 300]
            if all_or_none and failed:
                undo.append(True)
                answers = [one if one is failed[0] else _halted(one["referenceId"], _ROLLED_BACK) for one in answers]
        return json_answer({"compositeResponse": answers})

    def batch(self, x: Exchange) -> Answer:
        """POST composite/batch: independent requests, each counted; after a failure with haltOnError the rest gets 412."""
        body = x.body()
        parts = _parts(body, "batchRequests")
        halts = body.get("haltOnError") is True
        results: list[dict[str, Any]] = []
        failed = False
        for part in parts:
            if failed and halts:
                problem = {"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}
                results.append({"statusCode": 412, "result": [problem]})
                continue
            answer = self._run(x, part, part.get("richInput"))
            failed = failed or answer.status >= 400
            results.append({"statusCode": answer.status, "result": _content(answer)})
        return json_answer({"hasErrors": failed, "results": results})

    def _in_order(self, x: Exchange, parts: list[dict[str, Any]], *, all_or_none: bool) -> list[dict[str, Any]]:
        bodies: dict[str, Any] = {}
        answers: list[dict[str, Any]] = []
        for part in parts:
            name = str(part["referenceId"])
            if all_or_none and any(one["httpStatusCode"] >= 300 for one in answers):
                answers.append(_halted(name, _ROLLED_BACK))
                continue
            try:
                resolved = _resolve(part, bodies)
            except LookupError as error:
                answers.append(_halted(name, f"Invalid reference specified. {error.args[0]}"))
                continue
            answer = self._run(x, resolved, resolved.get("body"))
            content = _content(answer)
            if answer.status < 300:
                bodies[name] = content
            headers = {"Location": answer.headers["location"]} if "location" in answer.headers else {}
            answers.append({"body": content, "httpHeaders": headers, "httpStatusCode": answer.status, "referenceId": name})
        return answers

    def _run(self, x: Exchange, part: Mapping[str, Any], body: object) -> Answer:
        path, _, query = str(part.get("url", "")).partition("?")
        told = part.get("httpHeaders")
        inner = {str(name).lower(): str(value) for name, value in told.items()} if isinstance(told, dict) else {}
        inherited = {name: value for name, value in x.request.headers.items() if name.startswith("sforce-") or name == "host"}
        headers = {**inherited, **inner, "content-type": "application/json"}
        content = json.dumps(body).encode() if body is not None else b""
        full = f"{x.call.root}/{_ROOT.sub('', path)}"
        request = Request(str(part.get("method", "GET")).upper(), full, query, headers, content)
        try:
            return self._dispatch(replace(x, request=request))
        except Refusal as refusal:
            return refusal.answer()


def inner_calls(body: bytes) -> int:
    """How many calls a batch counts for: one for each of its requests."""
    try:
        return max(1, len(json.loads(body)["batchRequests"]))
    except (ValueError, KeyError, TypeError):
        return 1


def _parts(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    parts = body.get(key)
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise refuse("JSON_PARSER_ERROR", f"The request needs a list named {key}")
    if len(parts) > MOST_REQUESTS:
        raise refuse("LIMIT_EXCEEDED", f"The number of requests ({len(parts)}) is over the limit of {MOST_REQUESTS}")
    return parts


def _refuse_bad_parts(parts: list[dict[str, Any]]) -> None:
    names = [part.get("referenceId") for part in parts]
    if None in names or len(set(names)) < len(names):
        raise refuse("INVALID_INPUT", "Every subrequest needs a referenceId of its own")
    heavy = sum(1 for part in parts if _HEAVY.search(str(part.get("url", ""))))
    if heavy > MOST_HEAVY:
        raise refuse("LIMIT_EXCEEDED", f"At most {MOST_HEAVY} subrequests may be queries or collections, not {heavy}")


def _halted(name: str, message: str) -> dict[str, Any]:
    body = [{"errorCode": "PROCESSING_HALTED", "message": message}]
    return {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}


def _content(answer: Answer) -> Any:
    return json.loads(answer.body) if answer.body else None


def _resolve(part: dict[str, Any], bodies: dict[str, Any]) -> dict[str, Any]:
    url = _REFERENCE.sub(lambda match: quote(str(_look_up(match, bodies)), safe=""), str(part.get("url", "")))
    return {**part, "url": url, "body": _resolve_value(part.get("body"), bodies)}


def _resolve_value(value: Any, bodies: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _resolve_value(inner, bodies) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolve_value(inner, bodies) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    return _look_up(whole, bodies) if whole else _REFERENCE.sub(lambda match: str(_look_up(match, bodies)), value)


def _look_up(match: re.Match[str], bodies: dict[str, Any]) -> Any:
    value: Any = bodies.get(match[1])
    for name, at in _STEP.findall(match[2]):
        try:
            value = value[name] if name else value[int(at)]
        except (KeyError, IndexError, TypeError) as error:
            raise LookupError(f"No value for {match[0][2:-1]} found in {match[1]}") from error
    if value is None:
        raise LookupError(f"No value for {match[0][2:-1]} found in {match[1]}")
    return value
