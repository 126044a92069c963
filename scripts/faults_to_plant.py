"""The faults that the tests of two-way sync must notice: each as a piece of source, what to put in its place, and who notices."""

from __future__ import annotations

from dataclasses import dataclass

CORE = "tests/property/test_two_way_core.py"
STORE = "tests/property/test_two_way_histories.py"
TWO_WAY = "tests/integration/core/test_two_way.py"
OVERTAKEN = "tests/integration/core/test_two_way_overtaken.py"
COMPARE = "tests/unit/flow/agreement"


@dataclass(frozen=True, slots=True)
class Plant:
    """One fault; `tests` are given to pytest, and one of them must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


PLANTS = (
    Plant(
        "seen is not updated",
        "core/flow/agreement/compare.py",
        "sent, seen, diverged = dict(agreement.sent), {**agreement.seen, **theirs}, dict",
        "sent, seen, diverged = dict(agreement.sent), {**theirs, **agreement.seen}, dict",
        (CORE,),
    ),
    Plant(
        "an echo is told by time alone",
        "core/flow/agreement/compare.py",
        "    if target in seen and _same_bytes(seen[target], theirs):\n        return None",
        "    if agreement.sent_at is not None:\n        return None",
        (CORE,),
    ),
    Plant(
        "a field that goes back to what was sent is no change",
        "core/flow/agreement/compare.py",
        "rule.same(sent[target], theirs) and _may_come_back(agreement, target, rule)",
        "rule.same(sent[target], theirs)",
        (f"{CORE}::test_values_do_not_depend_on_the_order_in_which_the_changes_of_different_records_arrive",),
    ),
    Plant(
        "a blank overwrites",
        "core/flow/mapping/compiling/sync.py",
        "            if line.empty_clears:\n                with self._source.block",
        "            if True:\n                with self._source.block",
        (CORE,),
    ),
    Plant(
        "a blank is written",
        "core/flow/mapping/compiling/sync.py",
        "        elif line.empty_clears and isinstance(line.source, Paths):",
        "        elif isinstance(line.source, Paths):",
        (CORE,),
    ),
    Plant(
        "a merge there is taken for a deletion",
        "core/flow/following/endings.py",
        "        if case.change.successor is None:\n            return self.deleted",
        "        if case.change.sort is ChangeSort.MERGED or case.change.successor is None:\n            return self.deleted",
        (TWO_WAY,),
    ),
    Plant(
        "a conversion is ignored, and the lead written again",
        "core/flow/following/following.py",
        "            case ChangeSort.MERGED | ChangeSort.CONVERTED:\n                return self._endings.succeeded(case, group, link)",
        "            case ChangeSort.CONVERTED:\n                return no_news(case, group)\n"
        "            case ChangeSort.MERGED:\n                return self._endings.succeeded(case, group, link)",
        (STORE,),
    ),
    Plant(
        "a diverged field is written again",
        "core/flow/agreement/compare.py",
        "            sent[name] = wanted[name]\n            diverged[name] = None",
        "            sent.pop(name, None)",
        (CORE,),
    ),
    Plant(
        "nothing is read before it is overwritten",
        "core/flow/delivery/looking.py",
        "        return seen_at is None or self._hands.now() - seen_at > REREAD_AFTER",
        "        return seen_at is None",
        (TWO_WAY,),
    ),
    Plant(
        "the settle window is ignored",
        "core/flow/following/following.py",
        "timedelta(seconds=mapping.remote.settle)\n",
        "timedelta(seconds=0 * mapping.remote.settle)\n",
        (CORE,),
    ),
    Plant(
        "an outcome overwrites what was learnt meanwhile",
        "core/store/commands/delivery.py",
        '            known = statement.where(link.c.known_version == bindparam("b_known"))',
        '            known = statement.where(link.c.known_version >= bindparam("b_known") - 1000)',
        ("tests/integration/core", "tests/unit/store"),
    ),
    Plant(
        "the later to arrive wins, not the later to be said",
        "core/flow/identity/survivorship.py",
        "    place, _, _, at, observer, value, number = said[0]\n    return (place, at, observer, value, number)",
        "    place, _, _, at, observer, value, number = said[0]\n    return (place, at.replace(year=1, month=1, day=1, hour=0, minute=0, "
        "second=0, microsecond=0), number, observer, value)",
        (CORE,),
    ),
    Plant(
        "a deleted record is made anew by the next form",
        "core/flow/routing/links.py",
        "if found is not None and self.heard and want.recreate and found",
        "if found is not None and self.heard and found",
        (TWO_WAY,),
    ),
    Plant(
        "the safety stop is ignored",
        "core/flow/delivery/work.py",
        "        return count > max(self.at_least, self.share * of)",
        "        return False",
        (TWO_WAY,),
    ),
    Plant(
        "a field that is held is decided all the same",
        "core/flow/following/following.py",
        "        if rules.hold:\n",
        "        if rules.hold and agreement is None:\n",
        (OVERTAKEN, COMPARE),
    ),
    Plant(
        "what bounces is never frozen",
        "core/flow/agreement/compare.py",
        "if len(counted[name]) > MOST_BOUNCES}",
        "if len(counted[name]) > MOST_BOUNCES * 1000}",
        (TWO_WAY,),
    ),
    Plant(
        "taking a record over writes ours",
        "core/flow/agreement/compare.py",
        '    return rules.fill if theirs in (None, "") else rules.ours_win',
        "    return True",
        (TWO_WAY, COMPARE),
    ),
    Plant(
        "what a write's answer happens to show counts as seen",
        "core/flow/agreement/writing.py",
        "    told = {name: value for name, value in answer.told.items() if name in written}",
        "    told = dict(answer.told)\n    before = {**before, **told}",
        (COMPARE, OVERTAKEN),
    ),
    Plant(
        "what was asked for while a write was on its way is forgotten",
        "core/flow/delivery/outcomes.py",
        "        if difference(known, link.wanted, self._rules):",
        "        if False:",
        (OVERTAKEN,),
    ),
    Plant(
        "an older reading is taken in after a newer one",
        "core/flow/agreement/compare.py",
        "        return version < agreement.remote_version\n    return agreement.seen_at is not None and read_at < agreement.seen_at",
        "        return False\n    return False",
        (CORE,),
    ),
    Plant(
        "what is known of one record is taken for another",
        "core/flow/agreement/writing.py",
        "    if agreement.remote_id not in (None, answer.remote_id):",
        '    if agreement.remote_id == answer.remote_id == "":',
        (CORE,),
    ),
    Plant(
        "a record that was out of sight is forgotten",
        "core/store/queries/delivery.py",
        "link.c.reason_code.not_in([*CLOSED, UNREADABLE_THERE])",
        "link.c.reason_code.not_in([*CLOSED])",
        (OVERTAKEN,),
    ),
    Plant(
        "a renamed mapping forgets what diverged",
        "core/flow/world.py",
        "        mapping = known.get((change.connection, change.object))",
        "        mapping = known.get((change.connection, change.object)) if any(m.name == change.mapping for m in mappings) else None",
        (OVERTAKEN,),
    ),
    Plant(
        "the newest page is read past its last record",
        "connectors/memory/remote.py",
        '        for at in range(bisect_right(table.feed, (sequence, "\\U0010ffff")), len(table.feed)):',
        '        for at in range(bisect_right(table.feed, (sequence + 1, "\\U0010ffff")), len(table.feed)):',
        (TWO_WAY,),
    ),
)
"""In no order of importance; every one is a mistake that somebody could make."""
