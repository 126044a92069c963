"""A first look at the text of an expression: its length, quotes without an end, brackets without a partner, brackets too deep."""

from __future__ import annotations

import re

from core.flow.mapping.expressions.model import ExpressionError, Limits

RAW = r"""[rR](?:"[^"\n]*"|'[^'\n]*')"""
TEXT = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
QUOTED_NAME = r"`[^`\n]+`"

_PIECE = re.compile(rf"""(?<!\w){RAW}|{TEXT}|{QUOTED_NAME}|(?P<open>[(\[])|(?P<close>[)\]])|(?P<quote>["'`])""")
_PARTNER = {"(": ")", "[": "]"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|.)")
_MEANING = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"} | {sign: sign for sign in "\\\"'`?/"}


def look_over(text: str, limits: Limits) -> None:
    """Refuse what can be told without a grammar; raises ExpressionError."""
    if len(text) > limits.length:
        message = f"The expression has {len(text):,} characters; {limits.length:,} are allowed. Divide it."
        raise ExpressionError(message, limits.length + 1)
    if not text.strip():
        raise ExpressionError("The expression is empty.", 1)
    _must_close(text, limits)


def _must_close(text: str, limits: Limits) -> None:
    opened: list[tuple[str, int]] = []
    for piece in _PIECE.finditer(text):
        column = piece.start() + 1
        if piece["quote"]:
            raise ExpressionError(f"The quote {piece['quote']} that opens here is not closed.", column)
        if piece["open"]:
            opened.append((piece["open"], column))
        elif piece["close"]:
            _close(opened, piece["close"], column)
        if len(opened) > limits.depth:
            raise ExpressionError(f"The brackets are nested more than {limits.depth} levels deep.", column)
    if opened:
        bracket, column = opened[-1]
        raise ExpressionError(f"The `{bracket}` that opens here is not closed; a `{_PARTNER[bracket]}` is missing.", column)


def _close(opened: list[tuple[str, int]], bracket: str, column: int) -> None:
    if not opened:
        raise ExpressionError(f"This `{bracket}` closes nothing; there is no open bracket before it.", column)
    last, where = opened.pop()
    if _PARTNER[last] != bracket:
        raise ExpressionError(f"This `{bracket}` cannot close the `{last}` at column {where}; write `{_PARTNER[last]}`.", column)


def unquote(written: str, column: int) -> str:
    """Turn a literal text into what it means: escapes are resolved, except in r"..."; raises ExpressionError."""
    if written[0] in "rR":
        return written[2:-1]
    return _ESCAPE.sub(lambda found: _meaning(found, column), written[1:-1])


def _meaning(found: re.Match[str], column: int) -> str:
    escape = found[1]
    if escape in _MEANING:
        return _MEANING[escape]
    if len(escape) == 1:
        message = f'`\\{escape}` means nothing in a text. Write `\\\\{escape}`, or put an r before the quotes: r"\\{escape}".'
        raise ExpressionError(message, column + found.start() + 1)
    code = int(escape, 8) if escape.isdigit() else int(escape[1:], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ExpressionError(f"`\\{escape}` is not a character.", column + found.start() + 1)
    return chr(code)
