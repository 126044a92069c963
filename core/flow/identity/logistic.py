"""Logistic regression in plain Python, for some dozens of features and as many answers as people give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log1p

_ROUNDS = 30
_ENOUGH = 1e-6
_SHORTEST = 1e-4
"""Of a step of Newton's method: a full one may lead astray, and is halved until it improves the fit."""


@dataclass(frozen=True, slots=True)
class Example:
    """One case: its features by number, the answer, how often it was met, and what is known of it already (natural log odds)."""

    features: Mapping[int, float]
    answer: bool
    weight: float = 1.0
    known: float = 0.0


def fit_logistic(examples: Sequence[Example], size: int, pull: Sequence[float], start: Sequence[float] | None = None) -> list[float]:
    """Fit weights to the answers; `pull` says how strongly each one is held to its `start` (0 without one)."""
    usual = list(start or [0.0] * size)
    weights, cost = list(usual), _cost(examples, usual, usual, pull)
    for _ in range(_ROUNDS):
        gradient = [strength * (there - here) for strength, there, here in zip(pull, usual, weights, strict=True)]
        curvature = [[0.0] * size for _ in range(size)]
        for place in range(size):
            curvature[place][place] = pull[place] + 1e-9
        for each in examples:
            _add(each, weights, gradient, curvature)
        step = _solve(curvature, gradient)
        share = 1.0
        while share > _SHORTEST:
            there = [weight + share * change for weight, change in zip(weights, step, strict=True)]
            reached = _cost(examples, there, usual, pull)
            if reached < cost:
                break
            share /= 2
        else:
            break
        gained, weights, cost = cost - reached, there, reached
        if gained < _ENOUGH:
            break
    return weights


def _cost(examples: Sequence[Example], weights: Sequence[float], usual: Sequence[float], pull: Sequence[float]) -> float:
    """What the fit makes as small as it can: the surprise at the answers, and how far the weights are pulled."""
    held = sum(strength * (here - there) ** 2 for strength, here, there in zip(pull, weights, usual, strict=True)) / 2
    return held + sum(each.weight * _surprise(each, weights) for each in examples)


def _surprise(each: Example, weights: Sequence[float]) -> float:
    logit = each.known + sum(weights[place] * value for place, value in each.features.items())
    against = -logit if each.answer else logit
    return against + log1p(exp(-against)) if against > 0 else log1p(exp(against))


def likelihood(features: Mapping[int, float], weights: Sequence[float], known: float = 0.0) -> float:
    """The probability that the answer is yes."""
    logit = known + sum(weights[place] * value for place, value in features.items())
    return 1 / (1 + exp(-max(-40.0, min(40.0, logit))))


def _add(each: Example, weights: Sequence[float], gradient: list[float], curvature: list[list[float]]) -> None:
    likely = likelihood(each.features, weights, each.known)
    slope = each.weight * (each.answer - likely)
    bend = each.weight * likely * (1 - likely)
    for place, value in each.features.items():
        gradient[place] += slope * value
        row = curvature[place]
        for other, another in each.features.items():
            row[other] += bend * value * another


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a symmetric positive definite system by Cholesky's decomposition."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = max(rest, 1e-12) ** 0.5 if i == j else rest / lower[j][j]
    forward: list[float] = []
    for i in range(size):
        forward.append((right[i] - sum(lower[i][k] * forward[k] for k in range(i))) / lower[i][i])
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (forward[i] - sum(lower[k][i] * found[k] for k in range(i + 1, size))) / lower[i][i]
    return found
