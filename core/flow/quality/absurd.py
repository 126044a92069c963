"""Values that nobody means: test entries, keyboard walks, zeros. They say nothing about who somebody is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from core.flow.quality.folding import fold
from core.model.records import Scalar


@dataclass(frozen=True, slots=True)
class AbsurdRule:
    """One rule: its name, the golden fields it looks at, and what it finds absurd there; any one condition is enough.

    `words` are whole values, compared without case, accents and punctuation; of an e-mail address its name and its domain
    without the last part are looked at. `pattern` is a regular expression that is found in the value. `longer_than` counts
    characters. `repeated` is so many times one character and nothing else; `walk` so many neighbours on a keyboard, in the
    alphabet or in counting and nothing else, also twice in a row (`asdasd`). Of a number that is dialled, its end counts.
    """

    name: str
    fields: tuple[str, ...]
    words: tuple[str, ...] = ()
    pattern: str | None = None
    longer_than: int | None = None
    repeated: int | None = None
    walk: int | None = None


_PEOPLE = ("first_name", "last_name", "full_name")
_COMPANIES = ("company", "name")
_TEST = """
test tests testing tester teste testtest test1 test123 testlead testuser testname testvorname testnachname
""".split()  # noqa: SIM905 - lists of quoted words read worse
_MASH = """
asd asdf asdfg qwe qwer qwert qwerty qwertz azerty yxc yxcv zxc zxcv fgh hjk jkl dfg sdf sdfg abc xyz blah foobar
""".split()  # noqa: SIM905 - lists of quoted words read worse
_NOTHING = """
none null nil undefined unknown unbekannt anonymous anonym nobody noname niemand keine keiner keinname kein
""".split()  # noqa: SIM905 - lists of quoted words read worse

DEFAULT_RULES: tuple[AbsurdRule, ...] = (
    AbsurdRule("too_long", _PEOPLE, longer_than=120),
    AbsurdRule("too_long_company", _COMPANIES, longer_than=250),
    AbsurdRule("test_name", _PEOPLE, words=(*_TEST, "testtester", "tomtest", "maxmustermann", "erikamustermann")),
    AbsurdRule("test_company", _COMPANIES, words=(*_TEST, "testcompany", "testfirma", "companyname", "firmenname", "yourcompany")),
    AbsurdRule("test_address", ("email",), words=(*_TEST, "asdf", "asd", "asdasd", "qwerty", "foo", "foobar")),
    AbsurdRule("no_address", ("email",), words=("noemail", "nomail", "keinemail", "none", "na", "notgiven")),
    AbsurdRule("mashed_name", _PEOPLE, words=tuple(_MASH), repeated=3, walk=4),
    AbsurdRule("mashed_company", _COMPANIES, words=("asd", "asdf", "qwe", "qwerty", "blah", "bla", "foobar"), repeated=4, walk=5),
    AbsurdRule("mashed_address", ("email",), repeated=4, walk=4),
    AbsurdRule("no_name", (*_PEOPLE, *_COMPANIES), words=tuple(_NOTHING), pattern=r"(?i)^\W*$|^\W{0,3}(n ?/ ?a|k ?\. ?a ?\.|\d+)\W{0,3}$"),
    AbsurdRule("several_addresses", (*_PEOPLE, *_COMPANIES, "email"), pattern=r"@[^@]*@"),
    AbsurdRule("address_as_name", (*_PEOPLE,), pattern=r"(?i)https?://|www\.|\[url"),
    AbsurdRule("made_up_number", ("phone", "mobile"), repeated=6, walk=7),
)
"""The rules that hold unless the configuration says otherwise."""

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "abcdefghijklmnopqrstuvwxyz")
_COUNTING = "01234567890"
_STEPS = frozenset(row[at : at + 3] for rows in (*_ROWS, _COUNTING) for row in (rows, rows[::-1]) for at in range(len(row) - 2))
"""Three neighbours: what does not end in some is no walk."""

_ADDRESS, _DIALLED = frozenset({"email"}), frozenset({"phone", "mobile"})
_REMEMBERED = 100
"""Characters of a value whose answer is remembered: names and companies come again and again."""

_LOOKED_AT = 2_000
"""Characters of a value to which patterns are applied."""

_SECONDS = 0.05
"""In which a pattern has to be done with a value; one that is not has found nothing."""


class Absurd:
    """Finds absurd values by rules; immutable. Threads may share it."""

    def __init__(self, rules: Iterable[AbsurdRule]) -> None:
        """Take the rules; their patterns were looked at with `check_pattern` before."""
        self.rules: Sequence[AbsurdRule] = tuple(rules)
        self._fields = {
            name: _FieldRules([rule for rule in self.rules if name in rule.fields], is_dialled=name in _DIALLED)
            for name in dict.fromkeys(name for rule in self.rules for name in rule.fields)
        }
        self._found = lru_cache(maxsize=20_000)(self._search)

    @staticmethod
    def default() -> Absurd:
        """The shipped rules."""
        return _default()

    def find(self, field: str, value: Scalar) -> str | None:
        """Give the name of the first rule by which the value of a golden field is absurd; None when none finds it so."""
        if field not in self._fields or not isinstance(value, str):
            return None
        return self._found(field, value) if len(value) <= _REMEMBERED else self._search(field, value)

    def _search(self, field: str, value: str) -> str | None:
        return self._fields[field].find(value, _parts(field, value))


@cache
def _default() -> Absurd:
    return Absurd(DEFAULT_RULES)


def _parts(field: str, value: str) -> tuple[str, ...]:
    """What words and runs are compared with, folded."""
    text = value[:_LOOKED_AT]
    if field in _ADDRESS:
        local, _, domain = text.partition("@")
        return (fold(local), fold(domain.rpartition(".")[0]))
    return (fold(text),)


class _FieldRules:
    """All rules of one field, ready to be asked; of several that hold, the first counts."""

    def __init__(self, rules: Sequence[AbsurdRule], *, is_dialled: bool) -> None:
        self._names = [rule.name for rule in rules]
        self._is_dialled = is_dialled
        self._words: dict[str, int] = {}
        for at, rule in enumerate(rules):
            for word in rule.words:
                self._words.setdefault(fold(word), at)
        self._lengths = [(rule.longer_than, at) for at, rule in enumerate(rules) if rule.longer_than is not None]
        self._repeated = [(rule.repeated, at) for at, rule in enumerate(rules) if rule.repeated is not None]
        self._walks = [(rule.walk, at) for at, rule in enumerate(rules) if rule.walk is not None]
        self._patterns = [(rule.pattern, rule in DEFAULT_RULES, at) for at, rule in enumerate(rules) if rule.pattern is not None]

    def find(self, value: str, parts: Sequence[str]) -> str | None:
        text = value[:_LOOKED_AT]
        hits = [at for limit, at in self._lengths if len(value) > limit]
        hits += [at for pattern, is_shipped, at in self._patterns if _is_found(pattern, text, is_shipped=is_shipped)]
        for part in parts:
            if part in self._words:
                hits.append(self._words[part])
            hits += self._runs(part)
        return self._names[min(hits)] if hits else None

    def _runs(self, part: str) -> list[int]:
        found = [at for least, at in self._repeated if _is_one(self._end(part, least), least)]
        if part[-3:] in _STEPS:
            found += [at for least, at in self._walks if _is_walk(self._end(part, least), least)]
        return found

    def _end(self, part: str, length: int) -> str:
        return part[-length:] if self._is_dialled else part


def check_pattern(text: str) -> str | None:
    """Say what is wrong with a regular expression of a rule; None when nothing is."""
    import regex

    try:
        regex.compile(text)
    except (regex.error, RecursionError, OverflowError) as error:
        return str(error)
    return None


def _is_found(pattern: str, text: str, *, is_shipped: bool) -> bool:
    if is_shipped:
        return re.search(pattern, text) is not None
    import regex  # an admin's pattern has a limit of time, as those of mappings; it remembers what it has compiled

    try:
        return regex.search(pattern, text, timeout=_SECONDS) is not None
    except TimeoutError:
        return False


def _is_one(text: str, least: int) -> bool:
    return len(text) >= least and text.count(text[0]) == len(text)


def _is_walk(text: str, least: int) -> bool:
    """Whether a text is one run along a row of keys, or the same short run again and again."""
    if len(text) < least or len(text) > 60:
        return False
    if _is_on_row(text):
        return True
    return any(len(text) % size == 0 and text == text[:size] * (len(text) // size) and _is_on_row(text[:size]) for size in (3, 4, 5))


def _is_on_row(text: str) -> bool:
    backwards = text[::-1]
    if text.isdecimal():
        return text in _COUNTING or backwards in _COUNTING
    return any(text in row or backwards in row for row in _ROWS)
