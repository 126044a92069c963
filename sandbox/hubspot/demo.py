"""A small invented account for demos."""

from __future__ import annotations

from datetime import datetime

from sandbox.hubspot.objects_api import create_as
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.properties_api import add_property
from sandbox.hubspot.records import USER
from sandbox.hubspot.standard import system_group

PROPERTY = "leadloom_id"

_COMPANIES = (
    {"name": "Northwind Instruments", "domain": "northwind.example.com", "city": "Berlin", "country": "Germany"},
    {"name": "Harbour Analytics", "domain": "harbour.example.org", "city": "London", "country": "United Kingdom"},
    {"name": "Juniper Robotics", "domain": "juniper.example.com", "city": "Boston", "country": "United States"},
)
_PEOPLE = (
    ("Mara", "Lindqvist", "mara.lindqvist@northwind.example.com", "+49 30 23125001", 0),
    ("Tobias", "Ahrens", "tobias.ahrens@northwind.example.com", "+49 30 23125002", 0),
    ("Priya", "Raman", "priya.raman@harbour.example.org", "+44 20 7946 0123", 1),
    ("Owen", "Castell", "owen.castell@harbour.example.org", "+44 20 7946 0124", 1),
    ("June", "Okafor", "june.okafor@juniper.example.com", "+1 617 555 0142", 2),
    ("Leo", "Marchetti", "leo.marchetti@juniper.example.com", "+1 617 555 0143", 2),
)


def seed(portal: Portal, now: datetime) -> dict[str, int]:
    """Add three companies, six associated contacts, and the property that carries our own id."""
    add_leadloom_property(portal, now)
    companies = [create_as(portal, portal.schema("companies"), row, USER, now) for row in _COMPANIES]
    for first, last, email, phone, employer in _PEOPLE:
        company = companies[employer]
        values = {"firstname": first, "lastname": last, "email": email, "phone": phone, "lifecyclestage": "lead"}
        contact = create_as(portal, portal.schema("contacts"), {**values, "company": company.properties["name"]}, USER, now)
        portal.links.connect(("contacts", contact.id), ("companies", company.id), [])
    return {"contacts": len(_PEOPLE), "companies": len(_COMPANIES)}


def add_leadloom_property(portal: Portal, now: datetime) -> None:
    """Define the unique text property for our own ids on contacts and companies, unless it is there."""
    for named in ("contacts", "companies"):
        schema = portal.schema(named)
        if schema.active(PROPERTY) is None:
            body = {"name": PROPERTY, "label": "Leadloom id", "type": "string", "fieldType": "text", "hasUniqueValue": True}
            add_property(portal, schema, {**body, "groupName": system_group(schema.kind)}, now)
