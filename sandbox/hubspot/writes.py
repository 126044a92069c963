"""Plans and applies writes: one plan per row, checked against the account and against the earlier rows of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.hubspot import events
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.records import Actor, Change, Record, Table
from sandbox.hubspot.refusals import Refusal, bad_properties, problem, taken, validation
from sandbox.hubspot.standard import LIFECYCLE
from sandbox.hubspot.values import BadValue, as_text, is_email, normalised

_STAGES = {value: place for place, (_, value) in enumerate(LIFECYCLE)}


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What one row will do: create record `id` (`record` is `None`) or change `record`."""

    id: str
    record: Record | None
    values: Mapping[str, str]


class Writer:
    """The writes of one call to one object type. Planning changes nothing but the id counter; `apply` does the work."""

    def __init__(self, portal: Portal, schema: Schema, actor: Actor, now: datetime) -> None:
        self.portal = portal
        self.schema = schema
        self.table: Table = portal.table(schema.kind.name)
        self._actor = actor
        self._now = now
        self._claims: dict[tuple[str, str], str] = {}

    def plan_create(self, properties: Mapping[str, Any]) -> WritePlan:
        """Plan a new record; raises Refusal when a value, a missing property or a taken unique value forbids it."""
        values = {name: value for name, value in self._clean(properties, {}).items() if value != ""}
        self._check_required(values)
        plan = WritePlan(self.portal.next_id(), None, values)
        self._claim(plan)
        return plan

    def plan_update(self, record: Record, properties: Mapping[str, Any]) -> WritePlan:
        """Plan a change; values equal to those held are no change."""
        values = self._clean(properties, record.properties)
        values = _keep_old_address(record, values)
        changed = {name: value for name, value in values.items() if record.properties.get(name, "") != value}
        plan = WritePlan(record.id, record, changed)
        self._claim(plan)
        return plan

    def apply(self, plan: WritePlan) -> Record:
        """Carry out a plan, tell the webhooks, and return the record as it is now."""
        if plan.record is None:
            return self._create(plan)
        if plan.values:
            values = _with_calculated(plan.values)
            self.table.change(plan.record, values, actor=self._actor, now=self._now, delay=self.portal.index_delay())
            events.changed(self.portal, self.schema.kind, plan.record, plan.values, actor=self._actor, now=self._now)
        return plan.record

    def _create(self, plan: WritePlan) -> Record:
        kind = self.schema.kind
        written = iso(self._now)
        values = _with_calculated(plan.values)
        properties = {**values, "hs_object_id": plan.id, kind.created: written, kind.modified: written}
        record = Record(plan.id, properties, self._now, self._now, [Change(self._now, self._actor, properties)])
        self.table.add(record)
        events.created(self.portal, kind, record, plan.values, actor=self._actor, now=self._now)
        return record

    def _clean(self, properties: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        problems = []
        for name, value in properties.items():
            definition = self.schema.active(name)
            try:
                found[name] = self._value(definition, value, before.get(name, ""), name)
            except BadValue as bad:
                problems.append(problem(name, bad.code, bad.message, self.portal.dials.portal_id))
        if problems:
            raise bad_properties(problems)
        if _moves_back(before.get("lifecyclestage", ""), found.get("lifecyclestage", "")):
            del found["lifecyclestage"]
        return found

    def _value(self, definition: Definition | None, value: Any, before: str, name: str) -> str:
        if definition is None:
            raise BadValue("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if definition.read_only_value:
            raise BadValue("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
        text = as_text(value)
        if text == "":
            return ""
        text = normalised(definition, text, before)
        if name == "hubspot_owner_id" and not self._owner_exists(text):
            raise BadValue("INVALID_OWNER_ID", f"Owner {text} does not exist or is not active")
        if name in ("email", "hs_additional_emails") and self.schema.kind.name == "contacts":
            self._check_addresses(text)
        return text

    def _owner_exists(self, owner_id: str) -> bool:
        owner = self.portal.owners.get(owner_id)
        return owner is not None and not owner.archived

    def _check_addresses(self, text: str) -> None:
        for address in text.lower().split(";"):
            if not is_email(address):
                raise BadValue("INVALID_EMAIL", f"Email address {address} is invalid")
            if address in self.portal.blocked_emails:
                raise BadValue("GDPR_BLACKLISTED_EMAIL", "This email address was deleted for privacy reasons and cannot be used again")

    def _check_required(self, values: Mapping[str, str]) -> None:
        kind = self.schema.kind
        if kind.name == "contacts" and not values.keys() & {"email", "firstname", "lastname"}:
            raise validation("At least one of these properties is needed to create a contact: email, firstname, lastname")
        lacking = [name for name in kind.required if name not in values]
        if lacking:
            raise validation(f"Error creating {kind.noun.upper()}. Some required properties were not set: {', '.join(lacking)}")

    def _claim(self, plan: WritePlan) -> None:
        claims = [claim for claim in self._unique_values(plan.values) if plan.record is None or self._is_news(claim, plan.id)]
        for name, value in claims:
            holder = self.table.holder(name, value) or self._claims.get((name, value))
            if holder is not None and holder != plan.id:
                raise self._conflict(name, value, holder)
        self._claims.update(dict.fromkeys(claims, plan.id))

    def _is_news(self, claim: tuple[str, str], record_id: str) -> bool:
        return self.table.holder(*claim) != record_id

    def _unique_values(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        found = [(name, values[name].lower()) for name in self.table.unique if values.get(name)]
        if "email" in self.table.unique and values.get("hs_additional_emails"):
            found += [("email", address.lower()) for address in values["hs_additional_emails"].split(";")]
        return found

    def _conflict(self, name: str, value: str, holder: str) -> Refusal:
        if name == "email":
            return taken(self.schema.kind.noun, holder)
        text = f"{self.schema.kind.noun.capitalize()} {holder} already has the value {value} of the unique property {name}."
        return bad_properties([problem(name, "CONFLICTING_UNIQUE_VALUE", text, self.portal.dials.portal_id)])


def _keep_old_address(record: Record, values: dict[str, str]) -> dict[str, str]:
    """Making an additional address the primary one swaps the two, so that neither is lost."""
    new, old = values.get("email"), record.properties.get("email")
    others = [address for address in record.properties.get("hs_additional_emails", "").split(";") if address]
    if not new or not old or new not in others or "hs_additional_emails" in values:
        return values
    return {**values, "hs_additional_emails": ";".join(old if address == new else address for address in others)}


def _with_calculated(values: Mapping[str, str]) -> dict[str, str]:
    found = dict(values)
    if "email" in found:
        found["hs_email_domain"] = found["email"].partition("@")[2]
    return found


def _moves_back(before: str, wanted: str) -> bool:
    """The stage only moves forward: a lower one is silently left out, unless the stage was cleared first."""
    return bool(before and wanted) and _STAGES.get(wanted, 0) < _STAGES.get(before, 0)
