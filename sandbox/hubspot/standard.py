"""The schema every account starts with: object types and their standard properties, a working subset of the vendor's."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.hubspot.definitions import Definition, ObjectType, Option

LEGAL_BASES = (
    "Legitimate interest \N{EN DASH} prospect/lead",
    "Legitimate interest \N{EN DASH} existing customer",
    "Legitimate interest - other",
    "Performance of a contract",
    "Freely given consent from contact",
    "Not applicable",
)
"""Values of `hs_legal_basis`; the vendor really mixes an en dash with a hyphen."""

LIFECYCLE = (
    ("Subscriber", "subscriber"),
    ("Lead", "lead"),
    ("Marketing Qualified Lead", "marketingqualifiedlead"),
    ("Sales Qualified Lead", "salesqualifiedlead"),
    ("Opportunity", "opportunity"),
    ("Customer", "customer"),
    ("Evangelist", "evangelist"),
    ("Other", "other"),
)
"""Label and value of the lifecycle stages, in the only direction in which they move."""

_ADDRESS = ("address", "city", "state", "zip", "country")
_LEAD_STATUS = ("NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING")
_SOURCES = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "SOCIAL_MEDIA", "REFERRALS", "DIRECT_TRAFFIC", "OFFLINE", "PAID_SOCIAL")
_INDUSTRIES = ("AUTOMOTIVE", "BANKING", "COMPUTER_SOFTWARE", "CONSTRUCTION", "EDUCATION_MANAGEMENT", "MACHINERY", "RETAIL", "OTHER")
_DEAL_STAGES = (
    "appointmentscheduled",
    "qualifiedtobuy",
    "presentationscheduled",
    "decisionmakerboughtin",
    "contractsent",
    "closedwon",
    "closedlost",
)


_STAMPS = ("createdate", "hs_lastmodifieddate", "hs_object_id")
STANDARD_TYPES = (
    ObjectType(
        *("contacts", "contact", "0-1", "createdate", "lastmodifieddate"),
        defaults=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        searched=("firstname", "lastname", "email", "hs_additional_emails", "phone", "company"),
        scope="contacts",
        event="contact",
    ),
    ObjectType(
        *("companies", "company", "0-2", "createdate", "hs_lastmodifieddate"),
        defaults=("domain", "name", *_STAMPS),
        searched=("name", "domain", "website", "phone"),
        scope="companies",
        event="company",
    ),
    ObjectType(
        *("deals", "deal", "0-3", "createdate", "hs_lastmodifieddate"),
        defaults=("amount", "closedate", "dealname", "dealstage", "pipeline", *_STAMPS),
        searched=("dealname", "description"),
        scope="deals",
        event="deal",
    ),
    ObjectType(
        *("tickets", "ticket", "0-5", "createdate", "hs_lastmodifieddate"),
        defaults=("content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "subject", *_STAMPS),
        searched=("subject", "content"),
        scope="tickets",
        event="ticket",
    ),
    ObjectType(
        *("leads", "lead", "0-136", "hs_createdate", "hs_lastmodifieddate"),
        defaults=("hs_createdate", "hs_lastmodifieddate", "hs_lead_name", "hs_object_id"),
        searched=("hs_lead_name",),
        scope="leads",
        event="object",
        required=("hs_lead_name",),
    ),
    ObjectType(
        *("notes", "note", "0-46", "hs_createdate", "hs_lastmodifieddate"),
        defaults=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        searched=("hs_note_body",),
        scope="contacts",
        event="object",
        required=("hs_timestamp",),
    ),
)
"""The object types that exist without anybody making them."""


def standard_definitions(kind: ObjectType) -> list[Definition]:
    """The properties that `kind` has from the start."""
    own = {"contacts": _contact, "companies": _company, "deals": _deal, "tickets": _ticket, "leads": _lead, "notes": _note}
    return [*_system(kind), *(own[kind.name]() if kind.name in own else [])]


def system_group(kind: ObjectType) -> str:
    """The property group of the standard properties of `kind`."""
    return f"{kind.noun}information"


def _system(kind: ObjectType) -> list[Definition]:
    return [
        _fixed("hs_object_id", "number", group=kind),
        _fixed(kind.created, "datetime", group=kind),
        _fixed(kind.modified, "datetime", group=kind),
        _fixed("hs_merged_object_ids", "enumeration", group=kind),
        _fixed("notes_last_updated", "datetime", group=kind),
        Definition(
            *("hubspot_owner_id", "Owner", "enumeration", "select", system_group(kind)),
            external_options=True,
            hubspot_defined=True,
            referenced_object_type="OWNER",
        ),
    ]


def _contact() -> list[Definition]:
    email = _text("email", "message", *_ADDRESS, "firstname", "lastname", "company", "jobtitle", "website", "salutation", "fax")
    email += _text("hs_linkedin_url", "date_of_birth", "hs_email_domain", "hs_language", "industry", "annualrevenue")
    found = email + _phones("phone", "mobilephone") + _booleans("hs_email_optout")
    found += [
        _choice("lifecyclestage", LIFECYCLE),
        _choice("hs_lead_status", _same(_LEAD_STATUS)),
        _choice("hs_legal_basis", _same(LEGAL_BASES), field_type="checkbox"),
        _choice("hs_analytics_source", _same(_SOURCES)),
        _choice("numemployees", _same(("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+"))),
        Definition(
            "hs_additional_emails", "Additional email addresses", "enumeration", "checkbox", external_options=True, hubspot_defined=True
        ),
    ]
    for definition in found:
        definition.read_only_value = definition.name in ("hs_email_domain", "hs_email_optout", "hs_analytics_source")
        definition.calculated = definition.name == "hs_email_domain"
    return found


def _company() -> list[Definition]:
    found = _text("name", "domain", "website", "description", *_ADDRESS, "linkedin_company_page", "hs_additional_domains")
    found += _phones("phone") + _numbers("numberofemployees", "annualrevenue")
    found += [_choice("industry", _same(_INDUSTRIES)), _choice("lifecyclestage", LIFECYCLE)]
    return _grouped(found, "companyinformation")


def _deal() -> list[Definition]:
    found = _text("dealname", "description") + _numbers("amount")
    found += [_choice("dealstage", _same(_DEAL_STAGES)), _choice("pipeline", _same(("default",)))]
    found += [_choice("dealtype", _same(("newbusiness", "existingbusiness"))), _moment("closedate")]
    return _grouped(found, "dealinformation")


def _ticket() -> list[Definition]:
    found = [*_text("subject", "content"), _choice("hs_ticket_priority", _same(("LOW", "MEDIUM", "HIGH", "URGENT")))]
    found += [_choice("hs_pipeline", _same(("0",))), _choice("hs_pipeline_stage", _same(("1", "2", "3", "4")))]
    return _grouped(found, "ticketinformation")


def _lead() -> list[Definition]:
    found = _text("hs_lead_name", "hs_pipeline", "hs_pipeline_stage")
    found += [_choice("hs_lead_label", _same(("HOT", "WARM", "COLD"))), _choice("hs_lead_type", _same(("NEW_BUSINESS", "RE_ATTEMPTING")))]
    return _grouped(found, "leadinformation")


def _note() -> list[Definition]:
    return _grouped([*_text("hs_note_body", "hs_attachment_ids"), _moment("hs_timestamp")], "noteinformation")


def _text(*names: str) -> list[Definition]:
    return [Definition(name, _label(name), hubspot_defined=True) for name in names]


def _phones(*names: str) -> list[Definition]:
    return [Definition(name, _label(name), "string", "phonenumber", hubspot_defined=True) for name in names]


def _numbers(*names: str) -> list[Definition]:
    return [Definition(name, _label(name), "number", "number", hubspot_defined=True) for name in names]


def _booleans(*names: str) -> list[Definition]:
    return [Definition(name, _label(name), "bool", "booleancheckbox", hubspot_defined=True) for name in names]


def _moment(name: str) -> Definition:
    return Definition(name, _label(name), "datetime", "date", hubspot_defined=True)


def _fixed(name: str, kind: str, *, group: ObjectType) -> Definition:
    found = Definition(name, _label(name), kind, "text", system_group(group), hubspot_defined=True, read_only_value=True)
    found.form_field = False
    found.external_options = kind == "enumeration"
    return found


def _choice(name: str, choices: Iterable[tuple[str, str]], *, field_type: str = "select") -> Definition:
    options = [Option(label, value, display_order=place) for place, (label, value) in enumerate(choices)]
    return Definition(name, _label(name), "enumeration", field_type, options=options, hubspot_defined=True)


def _same(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value.replace("_", " ").capitalize() if value.isupper() else value, value) for value in values]


def _label(name: str) -> str:
    return name.removeprefix("hs_").replace("_", " ").capitalize()


def _grouped(found: list[Definition], group: str) -> list[Definition]:
    for definition in found:
        definition.group_name = group
    return found
