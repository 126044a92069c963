"""The objects of a fresh org: the standard fields with the lengths of the object reference, plus one external id."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.schema import Field, FieldType, SObject

EXTERNAL_ID = "Leadloom_Id__c"
_INDUSTRIES = ("Agriculture", "Banking", "Biotechnology", "Consulting", "Education", "Electronics", "Energy", "Engineering", "Finance",
               "Healthcare", "Insurance", "Manufacturing", "Media", "Retail", "Technology", "Telecommunications", "Other")  # fmt: skip
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
_SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.")
_STAGES = ("Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote", "Negotiation/Review",
           "Closed Won", "Closed Lost")  # fmt: skip


def standard_objects() -> list[SObject]:
    """New, independent descriptions of all objects of a fresh org."""
    return [_lead(), _contact(), _account(), _opportunity(), _campaign(), _campaign_member(), _user(), _task()]


def external_id_field() -> Field:
    """Text(64), unique without regard to case, external id."""
    return Field(EXTERNAL_ID, "string", 64, external_id=True, unique=True)


def _lead() -> SObject:
    made = _object("Lead", "00Q", mergeable=True)
    made.add(_read_only("MasterRecordId", "reference", 18, reference_to=("Lead",)))
    made.add(*_person_name(), _text("Title", 128), _text("Company", 255, required=True), *_address(""))
    made.add(*(Field(name, "phone", 40) for name in ("Phone", "MobilePhone", "Fax")))
    made.add(Field("Email", "email", 80, indexed=True), Field("Website", "url", 255), _long("Description"))
    made.add(_picklist("LeadSource", *_SOURCES), _picklist("Industry", *_INDUSTRIES), _picklist("Rating", "Hot", "Warm", "Cold"))
    statuses = ("Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted")
    made.add(_picklist("Status", *statuses, default=statuses[0]))
    made.add(Field("AnnualRevenue", "currency", precision=18), Field("NumberOfEmployees", "int", precision=8), _owner())
    made.add(_flag("HasOptedOutOfEmail"), _flag("HasOptedOutOfFax"), _flag("DoNotCall"), _flag("IsUnreadByOwner", default=True))
    made.add(_read_only("IsConverted", "boolean", default=False), _read_only("ConvertedDate", "date"))
    for target in ("Account", "Contact", "Opportunity"):
        made.add(_read_only(f"Converted{target}Id", "reference", 18, reference_to=(target,)))
    made.add(Field("EmailBouncedReason", "string", 255), Field("EmailBouncedDate", "datetime"), _read_only("LastActivityDate", "date"))
    made.add(external_id_field())
    return made


def _contact() -> SObject:
    made = _object("Contact", "003", mergeable=True)
    made.add(_read_only("MasterRecordId", "reference", 18, reference_to=("Contact",)), _reference("AccountId", "Account"))
    made.add(*_person_name(), _text("Title", 128), _text("Department", 80), *_address("Mailing"))
    made.add(*(Field(name, "phone", 40) for name in ("Phone", "MobilePhone", "HomePhone", "Fax")))
    made.add(Field("Email", "email", 80, indexed=True), Field("Birthdate", "date"), _long("Description"))
    made.add(_picklist("LeadSource", *_SOURCES), _owner(), _flag("HasOptedOutOfEmail"), _flag("HasOptedOutOfFax"), _flag("DoNotCall"))
    made.add(Field("EmailBouncedReason", "string", 255), Field("EmailBouncedDate", "datetime"), _read_only("LastActivityDate", "date"))
    made.add(external_id_field())
    return made


def _account() -> SObject:
    made = _object("Account", "001", mergeable=True)
    made.add(_read_only("MasterRecordId", "reference", 18, reference_to=("Account",)), _text("Name", 255, required=True))
    made.add(_picklist("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Partner", "Other"))
    made.add(_reference("ParentId", "Account"), *_address("Billing"), Field("Phone", "phone", 40), Field("Fax", "phone", 40))
    made.add(Field("Website", "url", 255), _picklist("Industry", *_INDUSTRIES), Field("AnnualRevenue", "currency", precision=18))
    made.add(Field("NumberOfEmployees", "int", precision=8), _long("Description"), _owner(), external_id_field())
    return made


def _opportunity() -> SObject:
    made = _object("Opportunity", "006")
    made.add(_reference("AccountId", "Account"), _text("Name", 120, required=True), _long("Description"))
    made.add(_picklist("StageName", *_STAGES, required=True), Field("CloseDate", "date", required=True))
    made.add(Field("Amount", "currency", precision=18, scale=2), Field("Probability", "percent", precision=3))
    made.add(_picklist("LeadSource", *_SOURCES), _reference("CampaignId", "Campaign"), _owner())
    return made


def _campaign() -> SObject:
    made = _object("Campaign", "701")
    made.add(_text("Name", 80, required=True), _picklist("Type", "Conference", "Webinar", "Email", "Advertisement", "Other"))
    made.add(_picklist("Status", "Planned", "In Progress", "Completed", "Aborted", default="Planned"), _flag("IsActive"))
    made.add(Field("StartDate", "date"), Field("EndDate", "date"), _long("Description"), _owner())
    return made


def _campaign_member() -> SObject:
    made = _object("CampaignMember", "00v")
    made.add(_reference("CampaignId", "Campaign", required=True, updateable=False, indexed=True))
    made.add(*(_reference(f"{who}Id", who, updateable=False, indexed=True) for who in ("Lead", "Contact")))
    made.add(_picklist("Status", "Sent", "Responded", default="Sent"), _read_only("HasResponded", "boolean", default=False))
    return made


def _user() -> SObject:
    """Users are switched off, never deleted: the one object here without IsDeleted."""
    made = _object("User", "005")
    made.add(*_person_name()[1:], _text("Username", 80, required=True), Field("Email", "email", 128, required=True, indexed=True))
    made.add(_text("Alias", 8), _text("Title", 80), _flag("IsActive", default=True), Field("Phone", "phone", 40))
    made.remove("IsDeleted")
    return made


def _task() -> SObject:
    made = _object("Task", "00T")
    made.add(_reference("WhoId", "Lead", "Contact"), _reference("WhatId", "Account", "Opportunity", "Campaign"))
    made.add(_text("Subject", 255), Field("ActivityDate", "date"), _long("Description"), _owner())
    made.add(_picklist("Status", "Not Started", "In Progress", "Completed", default="Not Started"))
    made.add(_picklist("Priority", "High", "Normal", "Low", default="Normal"))
    return made


def _object(name: str, prefix: str, *, mergeable: bool = False) -> SObject:
    made = SObject(name, prefix, mergeable=mergeable)
    made.add(_read_only("Id", "id", 18), _read_only("IsDeleted", "boolean", default=False))
    for name_of_stamp in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
        made.add(_read_only(name_of_stamp, "datetime"))
    made.add(*(_read_only(f"{who}ById", "reference", 18, reference_to=("User",)) for who in ("Created", "LastModified")))
    return made


def _person_name() -> list[Field]:
    parts = [_picklist("Salutation", *_SALUTATIONS), _text("FirstName", 40), _text("LastName", 80, required=True)]
    for part in parts:
        part.compound = "Name"
    return [*parts, _read_only("Name", "string", 121)]


def _address(prefix: str) -> list[Field]:
    lengths = {"Street": 255, "City": 40, "State": 80, "PostalCode": 20, "Country": 80}
    compound = f"{prefix}Address"
    parts = [
        Field(prefix + name, "textarea" if name == "Street" else "string", length, compound=compound) for name, length in lengths.items()
    ]
    return [*parts, _read_only(compound, "address", filterable=False)]


def _text(name: str, length: int, *, required: bool = False) -> Field:
    return Field(name, "string", length, required=required)


def _long(name: str) -> Field:
    return Field(name, "textarea", 32_000, filterable=False)


def _flag(name: str, *, default: bool = False) -> Field:
    return Field(name, "boolean", default=default)


def _picklist(name: str, *values: str, **facts: Any) -> Field:
    return Field(name, "picklist", 255, picklist=values, **facts)


def _reference(name: str, *targets: str, **facts: Any) -> Field:
    return Field(name, "reference", 18, reference_to=targets, **facts)


def _owner() -> Field:
    return _reference("OwnerId", "User")


def _read_only(name: str, kind: FieldType, length: int = 0, **facts: Any) -> Field:
    return Field(name, kind, length, createable=False, updateable=False, **facts)
