"""A stand-in for the HubSpot CRM, without sockets, for demos, rehearsals and tests."""

from sandbox.hubspot.stand_in import HubSpotStandIn

__all__ = ["HubSpotStandIn"]
