"""All functions, methods and macros of the language, with what the reference page says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.flow.mapping.expressions import conversions, judging, texts, times
from core.flow.mapping.expressions.model import Type

_TEXT = frozenset({Type.TEXT})
_NUMBER = frozenset({Type.NUMBER})
_LIST = frozenset({Type.LIST})


class Form(StrEnum):
    """How it is written: `name(x)`, `x.name()`, either way, or as a method whose arguments are evaluated for every item."""

    FUNCTION = "function"
    METHOD = "method"
    EITHER = "either"
    MACRO = "macro"


class Bound(StrEnum):
    """What limits the result; the limit is passed to the implementation before the arguments."""

    TEXT = "text_size"
    LIST = "list_size"


@dataclass(frozen=True, slots=True)
class Function:
    """One function, method or macro."""

    name: str
    form: Form
    signature: str
    summary: str
    example: str
    """An expression that needs no record."""
    result: Any
    """What the example gives."""
    returns: Type
    accepts: tuple[frozenset[Type], ...] = ()
    """The types that each argument may have, the target of a method first; null and what is not known are always accepted."""
    optional: int = 0
    """How many of the last arguments may be left out."""
    implementation: Callable[..., Any] | None = None
    """None for what the compiler writes itself."""
    bound: Bound | None = None
    nullable: bool = True
    """Whether it may give null."""


_GENERAL = (
    Function(
        name="has",
        form=Form.FUNCTION,
        signature="has(field)",
        summary="Tells whether there is a value; an empty text is one, null is none.",
        example="has(missing.name)",
        result=False,
        returns=Type.BOOLEAN,
        nullable=False,
    ),
    Function(
        name="size",
        form=Form.EITHER,
        signature="size(x) or x.size()",
        summary="Counts characters, items or fields; null has none.",
        example='size(["a", "b"])',
        result=2,
        returns=Type.NUMBER,
        accepts=(frozenset({Type.TEXT, Type.LIST, Type.MAP}),),
        implementation=texts.size,
        nullable=False,
    ),
)

_METHODS = (
    Function(
        name="contains",
        form=Form.METHOD,
        signature="text.contains(part)",
        summary="Tells whether a part stands in the text.",
        example='"Berlin".contains("erl")',
        result=True,
        returns=Type.BOOLEAN,
        accepts=(_TEXT, _TEXT),
        implementation=texts.contains,
        nullable=False,
    ),
    Function(
        name="startsWith",
        form=Form.METHOD,
        signature="text.startsWith(start)",
        summary="Tells whether the text begins so.",
        example='"10115".startsWith("10")',
        result=True,
        returns=Type.BOOLEAN,
        accepts=(_TEXT, _TEXT),
        implementation=texts.starts_with,
        nullable=False,
    ),
    Function(
        name="endsWith",
        form=Form.METHOD,
        signature="text.endsWith(end)",
        summary="Tells whether the text ends so.",
        example='"a@example.com".endsWith(".com")',
        result=True,
        returns=Type.BOOLEAN,
        accepts=(_TEXT, _TEXT),
        implementation=texts.ends_with,
        nullable=False,
    ),
    Function(
        name="matches",
        form=Form.EITHER,
        signature="text.matches(pattern)",
        summary="Tells whether a regular expression is found in the text.",
        example='matches("A-17", r"[0-9]+$")',
        result=True,
        returns=Type.BOOLEAN,
        accepts=(_TEXT, _TEXT),
        implementation=texts.matches,
        nullable=False,
    ),
    Function(
        name="lowerAscii",
        form=Form.METHOD,
        signature="text.lowerAscii()",
        summary="Writes A to Z small; other letters stay.",
        example='"ÖL Co".lowerAscii()',
        result="Öl co",
        returns=Type.TEXT,
        accepts=(_TEXT,),
        implementation=texts.lower,
    ),
    Function(
        name="upperAscii",
        form=Form.METHOD,
        signature="text.upperAscii()",
        summary="Writes a to z large; other letters stay.",
        example='"straße".upperAscii()',
        result="STRAßE",
        returns=Type.TEXT,
        accepts=(_TEXT,),
        implementation=texts.upper,
    ),
    Function(
        name="trim",
        form=Form.METHOD,
        signature="text.trim()",
        summary="Leaves out white space at both ends.",
        example='"  Ada ".trim()',
        result="Ada",
        returns=Type.TEXT,
        accepts=(_TEXT,),
        implementation=texts.trim,
    ),
    Function(
        name="replace",
        form=Form.METHOD,
        signature="text.replace(find, new [, times])",
        summary="Replaces a part everywhere, or so many times.",
        example='"a-b-c".replace("-", "", 1)',
        result="ab-c",
        returns=Type.TEXT,
        accepts=(_TEXT, _TEXT, _TEXT, _NUMBER),
        optional=1,
        implementation=texts.replace,
        bound=Bound.TEXT,
    ),
    Function(
        name="substring",
        form=Form.METHOD,
        signature="text.substring(start [, end])",
        summary="Cuts out from a position (from 0) up to another.",
        example='"10115".substring(0, 2)',
        result="10",
        returns=Type.TEXT,
        accepts=(_TEXT, _NUMBER, _NUMBER),
        optional=1,
        implementation=texts.substring,
    ),
    Function(
        name="split",
        form=Form.METHOD,
        signature="text.split(separator)",
        summary="Divides a text at every separator.",
        example='"a;b".split(";")',
        result=["a", "b"],
        returns=Type.LIST,
        accepts=(_TEXT, _TEXT),
        implementation=texts.split,
        bound=Bound.LIST,
    ),
    Function(
        name="join",
        form=Form.METHOD,
        signature="list.join([separator])",
        summary="Puts the items of a list together; nulls are left out.",
        example='["a", null, "b"].join(", ")',
        result="a, b",
        returns=Type.TEXT,
        accepts=(_LIST, _TEXT),
        optional=1,
        implementation=texts.join,
        bound=Bound.TEXT,
    ),
)

_CONVERSIONS = (
    Function(
        name="int",
        form=Form.FUNCTION,
        signature="int(x)",
        summary="Makes a whole number of a text of digits or a number; blank gives null.",
        example='int(" 50 ") + 1',
        result=51,
        returns=Type.NUMBER,
        accepts=(frozenset({Type.TEXT, Type.NUMBER}),),
        implementation=conversions.to_int,
    ),
    Function(
        name="double",
        form=Form.FUNCTION,
        signature="double(x)",
        summary="Makes a number of a text such as `12.5`; blank gives null.",
        example='double("12.5") * 2',
        result=25.0,
        returns=Type.NUMBER,
        accepts=(frozenset({Type.TEXT, Type.NUMBER}),),
        implementation=conversions.to_double,
    ),
    Function(
        name="string",
        form=Form.FUNCTION,
        signature="string(x)",
        summary="Writes a number, a time, a duration, true or false as text.",
        example='"No. " + string(7)',
        result="No. 7",
        returns=Type.TEXT,
        accepts=(frozenset({Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.TIME, Type.DURATION}),),
        implementation=conversions.to_text,
    ),
    Function(
        name="bool",
        form=Form.FUNCTION,
        signature="bool(x)",
        summary="Reads `true yes 1` and `false no 0` in any case; blank gives null.",
        example='bool("Yes")',
        result=True,
        returns=Type.BOOLEAN,
        accepts=(frozenset({Type.TEXT, Type.NUMBER, Type.BOOLEAN}),),
        implementation=conversions.to_bool,
    ),
    Function(
        name="timestamp",
        form=Form.FUNCTION,
        signature="timestamp(text)",
        summary="Reads an ISO date or date with time; without an offset it is UTC, blank gives null.",
        example='timestamp("2026-01-31") < timestamp("2026-01-31T00:00:01Z")',
        result=True,
        returns=Type.TIME,
        accepts=(frozenset({Type.TEXT, Type.TIME}),),
        implementation=times.moment,
    ),
    Function(
        name="duration",
        form=Form.FUNCTION,
        signature="duration(text)",
        summary="Reads a length of time in the units `d h m s ms us`.",
        example='timestamp("2026-01-31") + duration("1d12h")',
        result="2026-02-01T12:00:00+00:00",
        returns=Type.DURATION,
        accepts=(frozenset({Type.TEXT, Type.DURATION}),),
        implementation=times.span,
    ),
)


def _judgement(ask: str, summary: str, example: str, result: Any) -> Function:
    """A function of one text; `ask` is how it is written."""
    name = ask.partition("(")[0]
    is_claim = isinstance(result, bool)
    return Function(
        name=name,
        form=Form.FUNCTION,
        signature=ask,
        summary=summary,
        example=example,
        result=result,
        returns=Type.BOOLEAN if is_claim else Type.TEXT,
        accepts=(_TEXT,),
        implementation=getattr(judging, name),
        nullable=not is_claim,
    )


_JUDGEMENTS = (
    _judgement(
        "email_suggestion(address)",
        "Gives the address that was probably meant where a mail provider's domain looks mistyped; else null.",
        'email_suggestion("ada@gmial.com")',
        "ada@gmail.com",
    ),
    _judgement(
        "email_mailbox(address)",
        "Gives the mailbox that an address reaches, by its provider's rules for dots and tags.",
        'email_mailbox("Ada.Byron+fair@googlemail.com")',
        "adabyron@gmail.com",
    ),
    _judgement(
        "is_role_email(address)",
        "Tells whether an address is a desk's, such as info@ or sales@.",
        'is_role_email("info@example.com")',
        True,
    ),
    _judgement(
        "is_disposable_email(address)",
        "Tells whether an address is a throw-away one, by a list of well-known providers.",
        'is_disposable_email("ada@mailinator.com")',
        True,
    ),
    _judgement(
        "is_freemail(address)",
        "Tells whether an address is at a mail provider rather than at a company.",
        'is_freemail("ada@gmail.com")',
        True,
    ),
    _judgement(
        "is_valid_phone(number)",
        "Tells whether a number such as `+49…` may exist by its country's numbering plan.",
        'is_valid_phone("+493023125100")',
        True,
    ),
    _judgement(
        "phone_type(number)",
        "Gives `mobile`, `fixed`, `fixed_or_mobile`, `toll_free`, `premium`, `voip` or `other`; null for a number that cannot exist.",
        'phone_type("+493023125100")',
        "fixed",
    ),
    _judgement(
        "phone_country(number)", "Gives the country of a number such as `+49…` by its ISO code.", 'phone_country("+493023125100")', "DE"
    ),
    _judgement(
        "job_seniority(title)",
        "Gives `c_level`, `vp`, `director`, `head`, `manager`, `senior`, `staff`, `entry` or `intern`; null for no known job.",
        'job_seniority("Leiterin Einkauf")',
        "head",
    ),
    _judgement(
        "job_function(title)",
        "Gives what a job is about: `sales`, `marketing`, `it`, `finance`, `hr`, `procurement`, `engineering` and so on.",
        'job_function("Leiterin Einkauf")',
        "procurement",
    ),
)


def _macro(name: str, call: str, summary: str, example: str, result: Any, returns: Type = Type.BOOLEAN) -> Function:
    nullable = returns is Type.LIST
    return Function(name, Form.MACRO, call, summary, example, result, returns, accepts=(_LIST,), nullable=nullable)


_MACROS = (
    _macro("exists", "list.exists(x, condition)", "Tells whether the condition holds for an item.", '["a", "b"].exists(x, x == "b")', True),
    _macro(
        "all",
        "list.all(x, condition)",
        "Tells whether it holds for every item; false when there is no list.",
        "[1, 2].all(x, x > 1)",
        False,
    ),
    _macro(
        "exists_one", "list.exists_one(x, condition)", "Tells whether it holds for exactly one item.", "[1, 2].exists_one(x, x > 1)", True
    ),
    _macro("filter", "list.filter(x, condition)", "Gives the items for which it holds.", "[1, 2, 3].filter(x, x != 2)", [1, 3], Type.LIST),
    _macro("map", "list.map(x [, condition], value)", "Gives what is made of every item.", '["a"].map(x, x + "!")', ["a!"], Type.LIST),
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in (*_GENERAL, *_METHODS, *_CONVERSIONS, *_JUDGEMENTS, *_MACROS)}
"""By name, in the order of the reference page."""
