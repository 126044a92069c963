"""Groups of the remote in memory: several records written in one call, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.memory.remote import MemoryRemote
from core.contract import Applied, ContractBroken, Receipt, Ref, Refused, Sibling, Undone, Write, WriteValue


def write_whole(remote: MemoryRemote, group: Sequence[Write], apply: Callable[[Write], Receipt]) -> list[Receipt]:
    """Apply the writes one after another, each with the ids of those before; the first refusal puts all back as it was."""
    made: dict[str, Ref] = {}
    receipts: list[Receipt] = []
    before = remote.kept_of(write.object for write in group)
    for at, write in enumerate(group):
        receipt = apply(_pointing(write, made))
        if not isinstance(receipt, Applied):
            remote.put_back(before)
            return [receipt if each == at else Refused(Undone()) for each in range(len(group))]
        made[write.key] = Ref(write.object, receipt.id)
        receipts.append(receipt)
    return receipts


def _pointing(write: Write, made: Mapping[str, Ref]) -> Write:
    return replace(write, fields={name: _known(value, made) for name, value in write.fields.items()})


def _known(value: WriteValue, made: Mapping[str, Ref]) -> WriteValue:
    if not isinstance(value, Sibling):
        return value
    if value.key not in made:
        raise ContractBroken("A record of a group points to one that does not go before it.")
    return made[value.key]
