"""HubSpot forms: what people sent through the forms of a HubSpot account, polled from its older forms API."""
