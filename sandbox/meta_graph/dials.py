"""The dials of the Graph stand-in: make forms, submit leads, subscribe a callback, set tokens and limits, provoke errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sandbox.meta_graph.hooks import Hooks, Subscription
from sandbox.meta_graph.nodes import graph_time
from sandbox.meta_graph.people import answers_of
from sandbox.meta_graph.refusals import ON_DEMAND, GraphError
from sandbox.meta_graph.state import (
    APP_SECRET,
    FORM_ID,
    PAGE_ID,
    SCOPES,
    VERIFY_TOKEN,
    Form,
    Graph,
    Lead,
    Page,
    Settings,
    Token,
)
from sandbox.meta_graph.submission import read_answers, read_submission, submit
from sandbox.wire import Request

_DEMO_LEADS = 12
_DEMO_QUESTIONS = ("full_name", "email", "phone_number", "company_name")


@dataclass(slots=True)
class Failure:
    """An error of Graph's own that the next `times` matching calls get (-1: always)."""

    code: int
    times: int
    match: str


class Dials:
    """Carry out `control` verbs. Arguments are checked first; `ValueError` or `LookupError` leave everything as it was."""

    def __init__(self, graph: Graph, hooks: Hooks) -> None:
        self._graph = graph
        self._hooks = hooks
        self._failures: list[Failure] = []
        self._verbs: Mapping[str, Callable[[Mapping[str, Any], datetime], Any]] = {
            "configure": self._configure,
            "fail": self._fail,
            "form": self._form,
            "leads": self._leads,
            "page": self._page,
            "pushes": lambda _, __: self._hooks.as_data(),
            "seed_demo": self._seed_demo,
            "submit": self._submit,
            "submit_many": self._submit_many,
            "subscribe": self._subscribe,
            "token": self._token,
        }

    def turn(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Carry out one verb and return JSON data."""
        if verb not in self._verbs:
            raise ValueError(f"no such dial; there are {', '.join(self._verbs)}")
        return self._verbs[verb](arguments, now)

    def provoked(self, request: Request) -> GraphError | None:
        """The error that the `fail` dial holds for this call, counted down."""
        line = f"{request.method} {request.path}"
        for failure in self._failures:
            if failure.times != 0 and re.search(failure.match, line):
                failure.times -= 1 if failure.times > 0 else 0
                return GraphError(ON_DEMAND[failure.code])
        return None

    def _configure(self, arguments: Mapping[str, Any], _: datetime) -> Any:
        known = [each.name for each in fields(Settings)]
        if unknown := sorted(set(arguments) - set(known)):
            raise ValueError(f"no setting {', '.join(unknown)}; there are {', '.join(known)}")
        for name, value in arguments.items():
            _check_setting(name, value)
        settings = Settings(**{**asdict(self._graph.settings), **arguments})
        if settings.oldest_version > settings.current_version:
            raise ValueError("oldest_version lies above current_version")
        self._graph.settings = settings
        return asdict(settings)

    def _fail(self, arguments: Mapping[str, Any], _: datetime) -> Any:
        failure = Failure(arguments["code"], arguments.get("times", 1), arguments.get("match", ".*"))
        if failure.code not in ON_DEMAND:
            raise ValueError(f"code {failure.code} is not known; there are {', '.join(map(str, ON_DEMAND))}")
        re.compile(failure.match)
        self._failures.append(failure)
        return asdict(failure)

    def _page(self, arguments: Mapping[str, Any], _: datetime) -> Any:
        page = Page(arguments.get("id") or self._graph.mint.node_id(1), arguments.get("name", "Example Page"))
        self._graph.pages[page.id] = page
        return {"id": page.id}

    def _form(self, arguments: Mapping[str, Any], now: datetime) -> Any:
        page_id = arguments.get("page_id", PAGE_ID)
        self._check_page(page_id)
        form = Form(
            id=arguments.get("id") or self._graph.mint.node_id(3),
            page_id=page_id,
            name=arguments.get("name", "Example form"),
            questions=[_question(self._graph, each) for each in arguments.get("questions", _DEMO_QUESTIONS)],
            created=int(now.timestamp()),
            status=arguments.get("status", "ACTIVE"),
            locale=arguments.get("locale", "en_US"),
            tracking_parameters=dict(arguments.get("tracking_parameters", {})),
        )
        self._graph.forms[form.id] = form
        return {"id": form.id}

    def _submit(self, arguments: Mapping[str, Any], now: datetime) -> Any:
        """With `readable: false` the push goes out but the id cannot be fetched, as with Meta's testing tool."""
        form, submission = self._known_form(arguments), read_submission(arguments, now)
        lead = submit(self._graph, form, submission)
        if not arguments.get("readable", True):
            self._graph.forget(lead)
        pushed = arguments.get("push", True) and self._hooks.announce(lead, now)
        return {"id": lead.id, "push_scheduled": pushed}

    def _submit_many(self, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Either `leads` (each as for `submit`) or `count` invented people, all in one form unless a lead says otherwise."""
        shared = {name: value for name, value in arguments.items() if name not in ("leads", "count")}
        start = len(self._graph.leads)
        count = arguments.get("count", 0)
        leads = arguments.get("leads") or [{"field_data": answers_of(start + number)} for number in range(count)]
        wanted = [{**shared, **lead} for lead in leads]
        for lead in wanted:  # all are checked before the first is stored
            read_answers(self._known_form(lead), read_submission(lead, now).answers)
        return {"ids": [self._submit(lead, now)["id"] for lead in wanted]}

    def _leads(self, arguments: Mapping[str, Any], now: datetime) -> Any:
        form_id = arguments.get("form_id")
        leads = [lead for lead in self._graph.leads.values() if form_id in (None, lead.form_id)]
        return {"leads": [_inspect(lead, now) for lead in leads]}

    def _subscribe(self, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Does both steps of Meta's set-up; `install: false` leaves out the second (the Page installs the app)."""
        subscription = Subscription(
            arguments["callback_url"], arguments.get("verify_token", VERIFY_TOKEN), arguments.get("app_secret", APP_SECRET)
        )
        challenge = self._hooks.subscribe(subscription, now)
        if arguments.get("install", True):
            for page in self._graph.pages.values():
                page.installed_fields.add("leadgen")
        return {"challenge": challenge, "state": subscription.state}

    def _token(self, arguments: Mapping[str, Any], _: datetime) -> Any:
        self._check_page(arguments.get("page_id", PAGE_ID))
        token = Token(
            arguments.get("page_id", PAGE_ID), frozenset(arguments.get("scopes", SCOPES)), expired=bool(arguments.get("expired", False))
        )
        self._graph.tokens[arguments["token"]] = token
        return {"page_id": token.page_id, "scopes": sorted(token.scopes), "expired": token.expired}

    def _seed_demo(self, _: Mapping[str, Any], now: datetime) -> Any:
        """Invented people in the demonstration form, one an hour up to now."""
        first = int(now.timestamp()) - _DEMO_LEADS * 3_600
        leads = [{"field_data": answers_of(number), "created_time": first + number * 3_600} for number in range(_DEMO_LEADS)]
        return self._submit_many({"form_id": FORM_ID, "push": False, "leads": leads}, now)

    def _check_page(self, page_id: str) -> None:
        if page_id not in self._graph.pages:
            raise ValueError(f"there is no page {page_id}; there are {', '.join(self._graph.pages)}")

    def _known_form(self, arguments: Mapping[str, Any]) -> Form:
        form_id = arguments.get("form_id", FORM_ID)
        if form_id not in self._graph.forms:
            raise ValueError(f"there is no form {form_id}; there are {', '.join(self._graph.forms)}")
        return self._graph.forms[form_id]


def _check_setting(name: str, value: Any) -> None:
    default = getattr(Settings(), name)
    fits = (
        isinstance(value, bool)
        if isinstance(default, bool)
        else isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    )
    if not fits:
        raise ValueError(f"{name} is {'true or false' if isinstance(default, bool) else 'a number, 0 or more'}; got {value!r}")


def _question(graph: Graph, given: Mapping[str, Any] | str) -> dict[str, Any]:
    """A question from its key alone or from {key, label, type, options}; known keys get Meta's ready-made types."""
    question = {"key": given} if isinstance(given, str) else dict(given)
    key = question["key"]
    options = {"options": question["options"]} if question.get("options") else {}
    kind = question.get("type") or (key.upper() if key in _DEMO_QUESTIONS else "CUSTOM")
    return {
        "id": graph.mint.node_id(4),
        "key": key,
        "label": question.get("label", key.replace("_", " ").capitalize()),
        "type": kind,
        **options,
    }


def _inspect(lead: Lead, now: datetime) -> dict[str, Any]:
    return {
        "id": lead.id,
        "form_id": lead.form_id,
        "page_id": lead.page_id,
        "created_time": graph_time(lead.created),
        "field_data": lead.field_data,
        "is_test": lead.is_test,
        "is_expired": lead.is_expired(int(now.timestamp())),
        **lead.facts,
    }
