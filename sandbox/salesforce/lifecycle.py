"""What CRM users do with whole records and integrations cannot do by REST: convert, merge, undelete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.salesforce import records
from sandbox.salesforce.moments import stamp
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import refuse
from sandbox.salesforce.table import Row, Table

_TO_CONTACT = ("Salutation", "FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "Fax", "LeadSource", "HasOptedOutOfEmail")
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
CONVERTED_STATUS = "Closed - Converted"


def convert_lead(org: Org, call: Call, lead_id: str, wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a lead into an account, a contact and, when `opportunity` names one, an opportunity; the lead is frozen afterwards.

    `wishes` may name an `account_id` and a `contact_id` to join, and `map_fields` from lead fields to contact fields.
    Of a contact that is joined only empty fields are filled. Source: SOAP guide, "convertLead()".
    """
    leads = org.table("Lead")
    lead = records.living(leads, lead_id)
    if lead.get("IsConverted"):
        raise refuse("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    account_id = wishes.get("account_id") or records.insert(org, call, org.table("Account"), _account_of(lead))
    contact_id = _contact(org, call, lead, account_id, wishes)
    opportunity_id = _opportunity(org, call, lead, account_id, wishes.get("opportunity"))
    now = stamp(call.now)
    converted = {"IsConverted": True, "ConvertedDate": now[:10], "Status": CONVERTED_STATUS, "ConvertedAccountId": account_id,
                 "ConvertedContactId": contact_id, "ConvertedOpportunityId": opportunity_id}  # fmt: skip
    org.write(leads, {**lead, **converted, **_stamps(call)}, call.now)
    _move_children(org, call, (lead["Id"], contact_id))
    return {"leadId": lead["Id"], "accountId": account_id, "contactId": contact_id, "opportunityId": opportunity_id}


def merge(org: Org, call: Call, table: Table, winner_id: str, loser_ids: Sequence[str]) -> None:
    """Delete the losers with MasterRecordId set to the winner and hang their children on it.

    With the dial on "moves" the winner takes over a loser's external ids; otherwise they vanish with the loser.
    """
    if not table.kind.mergeable:
        raise refuse("INVALID_TYPE", f"{table.kind.name} cannot be merged")
    for loser_id in loser_ids:
        winner, loser = records.living(table, winner_id), records.living(table, loser_id)
        org.write(table, {**loser, "IsDeleted": True, "MasterRecordId": winner["Id"], **_stamps(call)}, call.now)
        moved = _external_ids(table, loser) if org.dials.merge_external_id == "moves" else {}
        org.write(table, {**winner, **moved, **_stamps(call)}, call.now)
        _move_children(org, call, (loser["Id"], winner["Id"]))


def undelete(org: Org, call: Call, table: Table, row_id: str) -> None:
    """Take a row out of the recycle bin; refused when a unique value has been taken meanwhile."""
    row = table.get(row_id)
    if row is None or not row["IsDeleted"]:
        raise refuse("UNDELETE_FAILED", "Entity is not in the recycle bin", status=404)
    for field in table.kind.fields.values():
        if field.unique and row.get(field.name) and table.find(field.name, row[field.name]):
            raise refuse("DUPLICATE_VALUE", f"duplicate value found: {field.name}", fields=[field.name])
    back = {**row, "IsDeleted": False, **_stamps(call)}
    if "masterrecordid" in table.kind.fields:
        back["MasterRecordId"] = None
    org.write(table, back, call.now)


def touch(org: Org, call: Call, table: Table, row_id: str) -> None:
    """A write by the system itself: SystemModstamp moves, LastModifiedDate stays."""
    org.write(table, {**records.living(table, row_id), "SystemModstamp": stamp(call.now)}, call.now)


def _account_of(lead: Row) -> Row:
    values = {"Name": lead["Company"], "Phone": lead.get("Phone"), "Website": lead.get("Website"), "Industry": lead.get("Industry")}
    return values | {f"Billing{part}": lead.get(part) for part in _ADDRESS}


def _contact(org: Org, call: Call, lead: Row, account_id: str, wishes: Mapping[str, Any]) -> str:
    contacts = org.table("Contact")
    values = {name: lead.get(name) for name in _TO_CONTACT} | {f"Mailing{part}": lead.get(part) for part in _ADDRESS}
    values |= {target: lead.get(source) for source, target in wishes.get("map_fields", {}).items()}
    joined = wishes.get("contact_id")
    if not joined:
        return records.insert(org, call, contacts, {**values, "AccountId": account_id})
    there = records.living(contacts, joined)
    blanks = {name: value for name, value in values.items() if there.get(name) is None and value is not None}
    records.update(org, call, contacts, joined, blanks)
    return str(there["Id"])


def _opportunity(org: Org, call: Call, lead: Row, account_id: str, name: str | None) -> str | None:
    if not name:
        return None
    values = {"Name": name, "AccountId": account_id, "StageName": "Prospecting", "CloseDate": stamp(call.now)[:10]}
    return records.insert(org, call, org.table("Opportunity"), {**values, "LeadSource": lead.get("LeadSource")})


def _external_ids(table: Table, row: Row) -> Row:
    return {field.name: row[field.name] for field in table.kind.fields.values() if field.external_id and row.get(field.name) is not None}


def _move_children(org: Org, call: Call, move: tuple[str, str]) -> None:
    """Let references to the first record point to the second; a reference that cannot hold the new type moves to one that can."""
    old, new = move
    target = org.table_of(new)
    for table in org.tables.values():
        fields = [f for f in table.kind.fields.values() if f.type == "reference" and (f.createable or f.updateable) and f.name != "OwnerId"]
        for row in list(table.live()):
            changed = {f.name: new for f in fields if row.get(f.name) == old and target is not None and target.kind.name in f.reference_to}
            if table.kind.name == "CampaignMember" and row.get("LeadId") == old and target is not None and target.kind.name == "Contact":
                changed["ContactId"] = new
            if changed:
                org.write(table, {**row, **changed, **_stamps(call)}, call.now)


def _stamps(call: Call) -> Row:
    now = stamp(call.now)
    return {"LastModifiedDate": now, "LastModifiedById": call.user_id, "SystemModstamp": now}
