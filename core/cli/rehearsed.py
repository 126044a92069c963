"""How a rehearsal of mappings reaches the terminal. It shows values of persons: whoever may run it may see them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.cli.output import say, write_table

if TYPE_CHECKING:
    from core.flow.mapping.rehearsal import MappingTally, Sample
    from core.runtime.rehearsal import Rehearsal
    from core.runtime.rehearsal_reading import Verdict


def rehearsal_data(found: Rehearsal) -> dict[str, Any]:
    """The whole rehearsal as plain data."""
    return asdict(found)


def show_summary(found: Rehearsal, edited: dict[str, str]) -> None:
    """Say in a few lines what would change."""
    say("Changes: " + (", ".join(f"'{name}' ({change})" for name, change in edited.items()) or "none; release and files say the same."))
    _looked_at(found)
    for verdicts, word in ((found.newly_refused, "refused"), (found.newly_accepted, "accepted")):
        if verdicts:
            say(f"Newly {word}: {sum(each.count for each in verdicts):,} records.")
    _effects(found)


def show_rehearsal(found: Rehearsal) -> None:
    """Say everything that would change."""
    _looked_at(found)
    _tallies("Values read", found.inbound)
    _verdicts("Newly refused", found.newly_refused)
    _verdicts("Newly accepted", found.newly_accepted)
    if found.consents:
        rows = [(purpose, tally.granted, tally.withdrawn, tally.unsaid) for purpose, tally in found.consents.items()]
        write_table("Consents", ["purpose", "granted", "withdrawn", "not said any more"], rows)
    if found.other_identity:
        say(f"{found.other_identity:,} records would be recognised by other keys (e-mail, phone, name) and may join other leads.")
    _tallies("Fields sent", found.sync)
    _effects(found)


def _looked_at(found: Rehearsal) -> None:
    since = f", back to {found.oldest:%Y-%m-%d %H:%M} UTC" if found.oldest else ""
    say(
        f"Looked at {found.looked_at:,} of {found.stored:,} stored submissions{since}, and {found.leads:,} of {found.leads_stored:,} leads."
    )
    if found.unreadable:
        say(f"{found.unreadable:,} could not be opened any more.")
    say(f"{found.changed:,} of them would change ({found.share:.1%})." if found.changed else "None of them would change.")


def _tallies(title: str, tallies: tuple[MappingTally, ...]) -> None:
    rows = [
        (tally.mapping, name, each.new, each.changed, each.emptied, each.left_out, "\n".join(_sample(sample) for sample in each.samples))
        for tally in tallies
        for name, each in tally.fields.items()
    ]
    if rows:
        columns = ["mapping", "field", "new value", "changed", "emptied", "left out", "for example"]
        write_table(title, columns, rows, numbers=columns[2:6])


def _sample(sample: Sample) -> str:
    return f"{sample.record}: {_value(sample.before)} -> {_value(sample.after)}"


def _value(value: Any) -> str:
    return "(none)" if value is None else str(value)


def _verdicts(title: str, verdicts: tuple[Verdict, ...]) -> None:
    if verdicts:
        rows = [(v.mapping, v.count, v.reason_code, f"{', '.join(v.records)}: {' '.join(v.reasons)}") for v in verdicts]
        write_table(title, ["mapping", "records", "code", "for example"], rows, numbers=["records"])


def _effects(found: Rehearsal) -> None:
    if not found.effects:
        say("No CRM would get anything.")
        return
    rows = [(e.connection, e.object, e.creates, e.updates, e.no_longer_wanted, e.api_calls, e.at_once) for e in found.effects]
    columns = ["connection", "object", "creates", "updates", "no longer wanted", "API calls", "at once"]
    write_table("What the CRMs would get", columns, rows, numbers=columns[2:])
    if any(e.at_once < e.creates + e.updates + e.no_longer_wanted for e in found.effects):
        say("'At once' is sent when it is applied; the rest comes with the next submission of a lead: what was read stays as it was read.")
