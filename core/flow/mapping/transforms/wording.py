"""Transforms that replace, add and cut text."""

from __future__ import annotations

import unicodedata

from core.flow.mapping.transforms.transform import Arguments, OutOfDomain, Parameter, Sample, Step, Transform, TransformRefused, Type


def _around(before: str, after: str) -> tuple[Step, Step]:
    """Put text around, and take exactly that away again."""

    def forward(text: str) -> str:
        return f"{before}{text}{after}"

    def backward(text: str) -> str:
        if len(text) < len(before) + len(after) or not (text.startswith(before) and text.endswith(after)):
            raise OutOfDomain(f"does not read '{before}…{after}'")
        return text[len(before) : len(text) - len(after)]

    return forward, backward


def _halves(arguments: Arguments) -> tuple[str, str]:
    parts = arguments["text"].split("{}")
    if len(parts) != 2:
        raise TransformRefused(f"`text` of `template` must hold {{}} once, where the value goes; '{arguments['text']}' does not.")
    return parts[0], parts[1]


def _replace(arguments: Arguments) -> Step:
    find, new = arguments["find"], arguments["with"]
    return lambda text: text.replace(find, new)


def _remove(arguments: Arguments) -> Step:
    unwanted = arguments["text"]
    return lambda text: text.replace(unwanted, "")


def _truncate(arguments: Arguments) -> Step:
    length, ellipsis = int(arguments["length"]), str(arguments["ellipsis"])
    if len(ellipsis) >= length:
        raise TransformRefused("`ellipsis` of `truncate` must be shorter than `length`.")

    def cut(text: str) -> str:
        if len(text) <= length:
            return text
        end = _before_joined(text, length - len(ellipsis))
        return text[:end].rstrip() + ellipsis

    return cut


def _before_joined(text: str, end: int) -> int:
    """The last place at or before `end` where a letter is not parted from its accents, an emoji not from its parts."""
    place = end
    while place > 0 and (_is_joined(text[place]) or text[place - 1] == "\u200d" or "\ud800" <= text[place - 1] <= "\udbff"):
        place -= 1
    return place


def _is_joined(char: str) -> bool:
    return unicodedata.combining(char) > 0 or unicodedata.category(char) in ("Mn", "Me", "Mc") or char in "\u200d" or _is_modifier(char)


def _is_modifier(char: str) -> bool:
    """A colour of skin."""
    return "\U0001f3fb" <= char <= "\U0001f3ff"


def _pad_left(arguments: Arguments) -> Step:
    length, fill = arguments["length"], arguments["with"]
    if len(fill) != 1:
        raise TransformRefused("`with` of `pad_left` must be one character.")
    return lambda text: text.rjust(length, fill)


def _mask(arguments: Arguments) -> Step:
    keep, cover = arguments["keep"], arguments["with"]
    return lambda text: cover * max(len(text) - keep, 0) + (text[-keep:] if keep else "")


def _replacing(arguments: Arguments, variable: str) -> str:
    return f"{variable}.replace({arguments['find']!r}, {arguments['with']!r})"


_FIND = Parameter("find", "What is looked for, as it stands.")
_WITH = Parameter("with", "What takes its place.", required=False, default="")

WORDING = (
    Transform(
        "replace",
        "Replace a text wherever it stands.",
        (Sample({"find": "&", "with": "and"}, "Tom & Ann", "Tom and Ann"), Sample(["-", " "], "a-b", "a b")),
        forward=_replace,
        parameters=(_FIND, _WITH),
        inline=_replacing,
    ),
    Transform(
        "remove",
        "Remove a text wherever it stands.",
        (Sample("(home)", "030 23125001 (home)", "030 23125001 "),),
        forward=_remove,
        parameters=(Parameter("text", "What is removed, as it stands."),),
        inline=lambda arguments, variable: f"{variable}.replace({arguments['text']!r}, '')",
    ),
    Transform(
        "prefix",
        "Put a text in front, even where it stands there already; the way back takes it away.",
        (Sample("Web: ", "Contact", "Web: Contact"),),
        forward=lambda arguments: _around(arguments["text"], "")[0],
        parameters=(Parameter("text", "What is put in front."),),
        backward=lambda arguments: _around(arguments["text"], "")[1],
        inline=lambda arguments, variable: f"({arguments['text']!r} + {variable})",
    ),
    Transform(
        "suffix",
        "Put a text behind, even where it stands there already; the way back takes it away.",
        (Sample(" (web)", "Contact", "Contact (web)"),),
        forward=lambda arguments: _around("", arguments["text"])[0],
        parameters=(Parameter("text", "What is put behind."),),
        backward=lambda arguments: _around("", arguments["text"])[1],
        inline=lambda arguments, variable: f"({variable} + {arguments['text']!r})",
    ),
    Transform(
        "template",
        "Put the value into a text at `{}`; the way back takes it out.",
        (Sample("Lead from {}", "the fair", "Lead from the fair"),),
        forward=lambda arguments: _around(*_halves(arguments))[0],
        parameters=(Parameter("text", "The text with {} once in it."),),
        backward=lambda arguments: _around(*_halves(arguments))[1],
        inline=lambda arguments, variable: f"({_halves(arguments)[0]!r} + {variable} + {_halves(arguments)[1]!r})",
    ),
    Transform(
        "truncate",
        "Cut the text at a number of characters, never between a letter and its accent.",
        (Sample(5, "Ada Byron", "Ada B"), Sample({"length": 7, "ellipsis": "…"}, "Ada Byron", "Ada By…"), Sample(40, "Ada", "Ada")),
        forward=_truncate,
        parameters=(
            Parameter("length", "How many characters are left at most.", Type.WHOLE, least=1),
            Parameter("ellipsis", "What stands at the end of a text that was cut; counted in.", required=False, default=""),
        ),
        touches=lambda arguments, variable: f"len({variable}) > {int(arguments['length'])}",
    ),
    Transform(
        "pad_left",
        "Fill the text up in front until it has a length.",
        (Sample(5, "1067", "01067"), Sample([3, "x"], "a", "xxa")),
        forward=_pad_left,
        parameters=(
            Parameter("length", "How long the text becomes at least.", Type.WHOLE, least=1),
            Parameter("with", "The character to fill up with.", required=False, default="0"),
        ),
        inline=lambda arguments, variable: f"{variable}.rjust({arguments['length']}, {arguments['with']!r})",
    ),
    Transform(
        "mask",
        "Cover the text but its last characters.",
        (Sample(4, "493023125001", "********5001"), Sample({"keep": 0, "with": "x"}, "ada", "xxx")),
        forward=_mask,
        parameters=(
            Parameter("keep", "How many characters at the end stay.", Type.WHOLE, required=False, default=4, least=0),
            Parameter("with", "What covers each of the others.", required=False, default="*"),
        ),
    ),
)
