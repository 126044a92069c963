"""Check a value against a pydantic model and say everything that is wrong, secrets in clear text included."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from core.runtime.config.document import Document, Path
from core.runtime.config.problems import ConfigProblems, Problem, nearest_name

ModelT = TypeVar("ModelT", bound=BaseModel)

_IN_CLEAR = "A secret must not stand in this file: write ${ENV:NAME} or ${FILE:path}, or set allow_clear_secrets for a trial."


def check_model(model_type: type[ModelT], value: Any, *, base: FilePath | None = None) -> tuple[ModelT | None, list[ErrorDetails]]:
    """Validate plain values; `base` is the folder that relative paths in them start from."""
    try:
        return model_type.model_validate({} if value is None else value, context={"base": base}), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_input=False)


def explain_errors(model_type: type[BaseModel], errors: list[ErrorDetails], value: Any, document: Document, at: Path = ()) -> list[Problem]:
    """Turn pydantic's errors into problems with place and nearest name; text that came from a secret is blotted out.

    `value` is what was validated, with every secret still wrapped; it stands at the path `at` of the document.
    """
    secrets = {secret.get_secret_value() for secret in _secrets_in(value)}
    return [_explain(model_type, error, value, document, at, secrets) for error in errors]


def _explain(model_type: type[BaseModel], error: ErrorDetails, value: Any, document: Document, at: Path, secrets: set[str]) -> Problem:
    path = (*at, *(part for part in error["loc"] if part != "[key]"))
    if error["type"] == "extra_forbidden":
        names = _valid_names(model_type, error["loc"][:-1])
        return document.problem(path, "There is no such setting.", nearest_name(str(error["loc"][-1]), names))
    if error["type"] == "missing":
        return document.problem(path, "This setting is missing.")
    message = error["msg"].removeprefix("Value error, ")
    for secret in secrets:
        message = message.replace(secret, "***") if secret else message
    given = _value_at(value, error["loc"])
    choices = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    nearest = nearest_name(given, choices) if isinstance(given, str) else None
    return document.problem(path, f"{message[:1].upper()}{message[1:]}.", nearest)


def clear_secrets(model_type: Any, value: Any, document: Document, at: Path = ()) -> list[Problem]:
    """Find settings typed as secrets whose value stands in the file itself instead of coming from outside."""
    return [document.problem(path, _IN_CLEAR) for path in _clear_paths(model_type, value, at)]


def _clear_paths(annotation: Any, value: Any, at: Path) -> Iterator[Path]:
    types = list(_alternatives(annotation))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        if value != "" and any(_is_secret(kind) for kind in types):
            yield at
        return
    for kind in types:
        for part, inner in _children(value):
            for inner_type in _types_of_child(kind, part):
                yield from _clear_paths(inner_type, inner, (*at, part))


def _children(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _types_of_child(kind: Any, part: str | int) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [info.annotation for name, info in kind.model_fields.items() if part in (name, info.alias)]
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping) and len(arguments) == 2:
        return [arguments[1]]
    if origin in (list, set, frozenset, tuple) and isinstance(part, int):
        return [argument for argument in arguments if argument is not Ellipsis]
    return []


def _alternatives(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for argument in get_args(annotation):
            yield from _alternatives(argument)
    else:
        yield annotation


def _is_secret(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, (SecretStr, SecretBytes))


def _valid_names(model_type: Any, path: tuple[str | int, ...]) -> list[str]:
    types = [model_type]
    for part in path:
        types = [inner for kind in types for inner_type in _types_of_child(kind, part) for inner in _alternatives(inner_type)] or types
    return [name for kind in types if isinstance(kind, type) and issubclass(kind, BaseModel) for name in kind.model_fields]


def _value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def unwrap(value: Any) -> Any:
    """Replace every secret by its text, so that a model of any field type can take it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {name: unwrap(inner) for name, inner in value.items()}
    return [unwrap(inner) for inner in value] if isinstance(value, list) else value


def _secrets_in(value: Any) -> Iterator[SecretStr]:
    if isinstance(value, SecretStr):
        yield value
    for _, inner in _children(value):
        yield from _secrets_in(inner)


def require(problems: list[Problem]) -> None:
    """Raise ConfigProblems when there is any."""
    if problems:
        raise ConfigProblems(problems)
