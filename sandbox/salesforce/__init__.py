"""A stand-in for the parts of Salesforce that a lead integration touches.

Comes in: REST, Bulk 2.0 and OAuth requests as a Salesforce client sends them. Goes out: what Salesforce would answer.
Guarantees: no sockets, no clock and no chance of its own; the same requests at the same times give the same answers.
"""

from sandbox.salesforce.stand_in import SalesforceStandIn

__all__ = ["SalesforceStandIn"]
