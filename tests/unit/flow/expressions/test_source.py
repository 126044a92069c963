"""The source that is written: what it holds, that it fits into any function, that the parser is loaded late."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import Any

import pytest

from core.flow.mapping.expressions import EvaluationError, Expression, Path, Type, helpers, parse

NAMES = {"country": Type.TEXT, "employees": Type.NUMBER, "tags": Type.LIST, "active": Type.BOOLEAN}


def _read(path: Path) -> str:
    return f"record.get({path[0]!r})"


def test_a_usual_condition_becomes_a_tight_python_expression() -> None:
    source = parse('country == "DE" and employees >= 50', NAMES).truth(_read)

    assert ast.unparse(ast.parse(source)) == (
        "record.get('country') == 'DE' and (x_1 >= 50 if (x_1 := record.get('employees')).__class__ is x_Int else x_ge(x_1, 50))"
    )


def test_a_list_of_texts_is_asked_as_python_asks_it() -> None:
    source = parse('country in ["DE", "AT"]', NAMES).truth(_read)

    assert ast.unparse(ast.parse(source)) == "record.get('country') in ('DE', 'AT')"


def test_a_budget_is_made_only_where_there_are_macros() -> None:
    assert "Budget" not in parse("size(tags) > 1 and 'a' in tags", NAMES).python(_read)
    assert "Budget" in parse("tags.exists(t, t == 'a')", NAMES).python(_read)


@pytest.mark.parametrize(
    "text", ["a", "a.b == 1 and c > 2", "a.exists(x, b.map(y, x + y) == c)", "a + b", "-a", "timestamp(a)", "a in [b, 2]"]
)
def test_the_source_is_one_expression_with_names_of_ours_only(text: str) -> None:
    tree = ast.parse(parse(text, None).python(_read), mode="eval")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}

    assert {name for name in names if not name.startswith("x_")} <= {"record"}


def test_names_of_helpers_begin_alike() -> None:
    assert [name for name in helpers() if not name.startswith("x_")] == []


def test_several_expressions_fit_into_one_function() -> None:
    parts = [parse(text, None) for text in ("a > 1 and b > 2", "tags.map(t, tags.exists(u, u == t and a > 1))", "b == a", "a > 5 or b > 1")]
    source = ", ".join(part.python(_read) for part in parts)
    namespace: dict[str, Any] = dict(helpers())
    exec(f"def run(record):\n    return [[{source}] for _ in range(2)]", namespace)

    assert namespace["run"]({"a": 2, "b": 3, "tags": ["x"]}) == [[True, [True], False, True]] * 2


@pytest.mark.parametrize("declared", ["text", 70, 70.5, True, None, [1], {"a": 1}])
def test_a_declared_type_is_not_relied_upon(declared: object) -> None:
    """A record may hold something else than its field says; then there is an error in words, or an answer, never a crash."""
    for text in (
        "employees >= 50",
        "employees + 1",
        "country.trim()",
        "tags.exists(t, t)",
        "country + country",
        "active and employees == 1",
    ):
        expression = parse(text, NAMES)
        try:
            expression.evaluate(dict.fromkeys(NAMES, declared))
        except EvaluationError as error:
            assert error.message


def test_expressions_of_the_same_text_are_equal() -> None:
    assert parse("country", NAMES) == parse("country", NAMES)
    assert len({parse("country", NAMES), parse("country", NAMES), parse("employees", NAMES)}) == 2
    assert repr(parse("a", None)) == "Expression('a')"
    assert isinstance(parse("a", None), Expression)


def test_the_parser_is_not_loaded_before_there_is_an_expression() -> None:
    code = (
        "import sys; import core.flow.mapping.expressions as e; assert 'lark' not in sys.modules; "
        "e.parse('a', None); assert 'lark' in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
