"""Transforms between yes and no and words, and between codes and names."""

from __future__ import annotations

from typing import Any

from core.flow.mapping.transforms.transform import (
    Arguments,
    OutOfDomain,
    Parameter,
    Sample,
    Shape,
    Step,
    Transform,
    TransformFailed,
    TransformRefused,
)
from core.model.countries import countries, country_code


def _not(value: Any) -> bool | str:
    if isinstance(value, bool):
        return not value
    return "false" if _truth(value) else "true"


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise TransformFailed("is neither true nor false")


def _yes_no(arguments: Arguments) -> Step:
    yes, no = _words(arguments)
    return lambda value: yes if _truth(value) else no


def _yes_no_back(arguments: Arguments) -> Step:
    yes, no = _words(arguments)

    def truth(value: Any) -> bool:
        if value not in (yes, no):
            raise OutOfDomain(f"is neither '{yes}' nor '{no}'")
        return bool(value == yes)

    return truth


def _words(arguments: Arguments) -> tuple[str, str]:
    yes, no = arguments["true"], arguments["false"]
    if yes == no:
        raise TransformRefused("`true` and `false` of `yes_no` must be two different words.")
    return yes, no


def _name(arguments: Arguments) -> Step:
    german = arguments["language"] == "de"

    def name(text: str) -> str:
        code = country_code(text)
        if code is None:
            raise TransformFailed("is not a country that is known")
        return countries()[code].german if german else countries()[code].english

    return name


def _code(_: Arguments) -> Step:
    def code(text: str) -> str:
        found = country_code(text) if isinstance(text, str) else None
        if found is None:
            raise OutOfDomain("is not a country that is known by this name")
        return found

    return code


_LANGUAGE = Parameter("language", "The language of the name.", required=False, default="en", choices=("en", "de"))

TELLING = (
    Transform(
        "not",
        "Turn true into false and false into true.",
        (Sample(None, True, False), Sample(None, "false", "true")),
        forward=lambda _: _not,
        takes=Shape.ANY,
        gives=Shape.ANY,
        backward=lambda _: _not,
    ),
    Transform(
        "yes_no",
        "Write true and false as two words; the way back knows exactly these words.",
        (Sample(["Ja", "Nein"], True, "Ja"), Sample({"true": "opted in", "false": "opted out"}, False, "opted out")),
        forward=_yes_no,
        parameters=(Parameter("true", "The word for true."), Parameter("false", "The word for false.")),
        takes=Shape.ANY,
        backward=_yes_no_back,
    ),
    Transform(
        "country_name",
        "Write a country's name instead of its code; the way back gives the code.",
        (Sample(None, "DE", "Germany"), Sample("de", "AT", "Österreich")),
        forward=_name,
        parameters=(_LANGUAGE,),
        backward=_code,
    ),
    Transform(
        "country_code",
        "Write a country's ISO 3166 code of two letters instead of a name in one of several languages.",
        (Sample(None, "Deutschland", "DE"), Sample(None, "U.S.A.", "US")),
        forward=_code,
    ),
)
