"""Stand-in for Microsoft Graph as far as files of SharePoint and OneDrive for work need it: tokens, drives, changes, content."""

from sandbox.microsoft_graph.stand_in import MicrosoftGraphStandIn

__all__ = ["MicrosoftGraphStandIn"]
