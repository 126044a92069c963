"""What tests of reading Salesforce do again and again: look into pages, and wait until a cursor has settled."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.salesforce.connector import SalesforceConnector
from core.contract import Change, Cursor, Page
from tests.support.salesforce_bench import SalesforceAccount, read_all


def told(pages: Sequence[Page]) -> list[Change]:
    """All changes of some pages."""
    return [change for page in pages for change in page.changes]


def ids(pages: Sequence[Page]) -> list[str]:
    """The ids of all changes of some pages."""
    return [change.id for change in told(pages)]


def settled(account: SalesforceAccount, connector: SalesforceConnector, object_name: str = "Lead") -> Cursor:
    """The cursor after everything was read, some minutes later."""
    first = read_all(connector, object_name)[-1].resume
    account.clock.advance(600)
    return read_all(connector, object_name, first)[-1].resume
