"""What is said when a text does not follow the grammar: the likely slip and what to write in its place."""

from __future__ import annotations

import re

from core.flow.mapping.expressions.model import ExpressionError

INSTEAD = {
    **dict.fromkeys(("AND", "And"), "and"),
    **dict.fromkeys(("OR", "Or"), "or"),
    **dict.fromkeys(("NOT", "Not"), "not"),
    **dict.fromkeys(("IN", "In"), "in"),
    **dict.fromkeys(("True", "TRUE", "yes", "Yes", "YES"), "true"),
    **dict.fromkeys(("False", "FALSE", "no", "No", "NO"), "false"),
    **dict.fromkeys(("None", "NULL", "Null", "nil", "undefined"), "null"),
    **dict.fromkeys(("is", "IS", "equals", "eq"), "=="),
}
"""Words of other languages, and ours for the same."""

_SLIPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r"=[<>]", "Write `<=` or `>=`, with the `=` last."),
        (r"=", "Write `==` to compare two values."),
        (r"&", "Write `&&` or `and`."),
        (r"\|", "Write `||` or `or`. A pipe with transforms cannot stand in an expression."),
        (r"[“”„«»‘’‚]", "Write a text in straight quotes: \"...\" or '...'."),
        (r"[{}]", "Groups of fields in `{}` cannot be written in an expression."),
        (r";", "`;` cannot stand here. Join conditions with `and` or `or`."),
        (r"\.[0-9]", "Write the 0 before the decimal point: `0.5`."),
        (r"\*\*|\*", "There is no power and no pattern with `*`; `*` multiplies two numbers."),
        (r"(?:starts|ends)With\b|contains\b|matches\b", 'Write a dot before it and brackets after it: `name.contains("text")`.'),
        (r"if\b|then\b|else\b", "Write a choice as `condition ? value : other_value`."),
        (r"in\b|and\b|or\b", "Something is missing before this word."),
    )
)


def at(text: str, position: int, found: str) -> ExpressionError:
    """Say what is wrong at a position (from 0) of the text; `found` is what stands there, empty at the end."""
    before = text[:position].rstrip()
    if not found:
        return ExpressionError(_at_end(before), position + 1)
    if found in INSTEAD:
        return ExpressionError(f"Write `{INSTEAD[found]}` instead of `{found}`.", position + 1)
    if before.endswith("<") and found == ">":
        return ExpressionError("Write `!=` for 'is not equal'.", position)
    if before[-1:].isdigit() and found == "," and text[position + 1 : position + 2].isdigit():
        return ExpressionError("Write numbers with a decimal point and without separators of thousands.", position + 1)
    for pattern, message in _SLIPS:
        if pattern.match(text, position):
            return ExpressionError(message, position + 1)
    return ExpressionError(_anywhere(before, found), position + 1)


def _at_end(before: str) -> str:
    last = re.search(r"\w+$|\S{1,2}$", before)
    return f"The expression ends too early; something is missing after `{last[0] if last else before}`."


def _anywhere(before: str, found: str) -> str:
    lonely = re.search(r"(?:^|[(\[,?:]\s*)(and|or|in)$", before)
    if lonely:
        return f"Something is missing before `{lonely[1]}`."
    if re.search(r"(?<!\w)if$", before):
        return "Write a choice as `condition ? value : other_value`."
    ends_value = bool(re.search(r"""[\w"'`)\]]$""", before)) and not re.search(r"(?<!\w)(and|or|not|in)$", before)
    if ends_value and re.match(r"""[\w"'`]""", found):
        hint = ' A duration is written `duration("24h")`.' if before[-1].isdigit() else ""
        return f"An operator is missing before `{found}`, such as `and` or `==`.{hint}"
    if ends_value or found in ")]":
        return f"`{found}` cannot stand here."
    return f"`{found}` cannot stand here; a value or a name is expected."
