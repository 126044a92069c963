"""The expression language of mapping files: CEL's syntax, typed and bounded, compiled to Python source.

Comes in: the text of an expression and the names it may use. Goes out: an Expression that says what it reads and gives source.
Guarantees: pure and deterministic; no clock, no chance, no I/O; a text of an admin is never run as code; evaluation ends.
"""

from core.flow.mapping.expressions.expression import Expression, parse
from core.flow.mapping.expressions.functions import FUNCTIONS, Form, Function
from core.flow.mapping.expressions.model import LIMITS, EvaluationError, ExpressionError, Limits, Path, StepLimit, Type
from core.flow.mapping.expressions.source import helpers

__all__ = [
    "FUNCTIONS",
    "LIMITS",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Form",
    "Function",
    "Limits",
    "Path",
    "StepLimit",
    "Type",
    "helpers",
    "parse",
]
