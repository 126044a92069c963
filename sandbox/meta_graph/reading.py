"""How Graph reads are shaped: field selection with nesting, time filters, cursor paging."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from sandbox.meta_graph.refusals import bad_parameter, no_field
from sandbox.wire import Request

DEFAULT_LIMIT = 25
NodeT = TypeVar("NodeT")
Selection = dict[str, "Selection"]
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "GREATER_THAN": lambda value, bound: value > bound,
    "GREATER_THAN_OR_EQUAL": lambda value, bound: value >= bound,
    "LESS_THAN": lambda value, bound: value < bound,
    "LESS_THAN_OR_EQUAL": lambda value, bound: value <= bound,
}


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of an edge: where it starts (a position, or none), which way, how many."""

    limit: int
    after: int | None
    before: int | None


def parse_fields(text: str) -> Selection:
    """Read `a,b{c,d}`; `GraphError` 100 when the braces do not match."""
    selection, rest = _parse_level(text.replace(" ", ""))
    if rest:
        raise bad_parameter("Syntax error in the field list: unexpected '}'")
    return selection


def select(node: Mapping[str, Any], known: Sequence[str], selection: Selection, node_type: str) -> dict[str, Any]:
    """Cut a node down to the selected fields; `id` always stays, fields without a value are left out as Graph does.

    A field that the node type does not have is an error (code 100) for the whole call, not an omission.
    """
    for name in selection:
        if name not in known:
            raise no_field(name, node_type)
    return {name: _narrow(node[name], selection.get(name, {})) for name in ("id", *selection) if node.get(name) is not None}


def parse_filters(text: str | None) -> Callable[[int], bool]:
    """Read `filtering=[{"field":"time_created","operator":"GREATER_THAN","value":<unix seconds>}]` into one test."""
    if not text:
        return lambda _: True
    tests = [_parse_filter(entry) for entry in _json_list("filtering", text)]
    return lambda created: all(test(created) for test in tests)


def parse_slice(request: Request, largest: int) -> Slice:
    """Read `limit`, `after` and `before`; a limit above `largest` is cut silently, so only `paging.next` tells the end."""
    params = request.params()
    limit = params.get("limit", [str(DEFAULT_LIMIT)])[-1]
    if not limit.isdigit() or int(limit) == 0:
        raise bad_parameter("limit must be a positive number")
    return Slice(min(int(limit), largest), _position(params, "after"), _position(params, "before"))


def paged(rows: Sequence[tuple[int, NodeT]], render: Callable[[NodeT], Any], wanted: Slice, request: Request, token: str) -> dict[str, Any]:
    """One page of `rows` (position and node; positions fall), rendered, in Graph's envelope.

    Cursors name positions, not offsets: rows that arrive meanwhile neither repeat nor hide others.
    `paging.next` is a whole URL and carries the access token, as Graph's does: never log it.
    """
    if wanted.before is not None:
        newer = [row for row in rows if row[0] > wanted.before]
        page, more = newer[-wanted.limit :], True
    else:
        rest = [row for row in rows if wanted.after is None or row[0] < wanted.after]
        page, more = rest[: wanted.limit], len(rest) > wanted.limit
    if not page:
        return {"data": []}
    first, last = _cursor(page[0][0]), _cursor(page[-1][0])
    paging: dict[str, Any] = {"cursors": {"before": first, "after": last}}
    if more:
        paging["next"] = _link(request, token, "after", last)
    if page[0][0] != rows[0][0]:
        paging["previous"] = _link(request, token, "before", first)
    return {"data": [render(node) for _, node in page], "paging": paging}


def _parse_level(text: str) -> tuple[Selection, str]:
    selection: Selection = {}
    name = ""
    while text:
        mark, text = text[0], text[1:]
        if mark == "{" and name:
            selection[name], text = _parse_level(text)
            if not text.startswith("}"):
                raise bad_parameter("Syntax error in the field list: '}' is missing")
            name, text = "", text[1:]
        elif mark == "}":
            text = mark + text
            break
        elif mark == ",":
            selection, name = (selection | {name: {}}, "") if name else (selection, "")
        else:
            name += mark
    return (selection | {name: {}} if name else selection), text


def _narrow(value: Any, selection: Selection) -> Any:
    if not selection:
        return value
    if isinstance(value, list):
        return [_narrow(item, selection) for item in value]
    if isinstance(value, Mapping):
        return {name: _narrow(value[name], inner) for name, inner in selection.items() if name in value}
    return value


def _json_list(parameter: str, text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise bad_parameter(f"param {parameter} must be an array.")
    return value


def _parse_filter(entry: Any) -> Callable[[int], bool]:
    entry = entry if isinstance(entry, Mapping) else {}
    compare = _COMPARISONS.get(entry.get("operator", ""))
    if entry.get("field") != "time_created" or compare is None:
        raise bad_parameter(f"filtering knows the field time_created with {', '.join(_COMPARISONS)}")
    try:
        bound = int(entry["value"])
    except (KeyError, TypeError, ValueError):
        raise bad_parameter("filtering compares time_created with a number of seconds") from None
    return lambda created: compare(created, bound)


def _position(params: Mapping[str, list[str]], name: str) -> int | None:
    if name not in params:
        return None
    try:
        return int(base64.urlsafe_b64decode(params[name][-1]).removeprefix(b"p"))
    except ValueError:
        raise bad_parameter(f"Invalid cursor in {name}") from None


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"p{position}".encode()).decode()


def _link(request: Request, token: str, direction: str, cursor: str) -> str:
    kept = {name: values[-1] for name, values in request.params().items() if name not in ("after", "before", "access_token")}
    query = urlencode({"access_token": token, **kept, direction: cursor})
    return f"http://{request.headers.get('host', 'graph.facebook.com')}{request.path}?{query}"
