"""The curve of a matching over its threshold, as an SVG picture that every browser shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from math import log2

from core.flow.identity.judging import Point, Quality

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 760, 440, 60, 50, 120, 56
_FURTHEST = 10.0
_LINES: tuple[tuple[str, str, Callable[[Quality], float]], ...] = (
    ("precision", "#1b6ca8", lambda quality: quality.precision),
    ("recall", "#b4541a", lambda quality: quality.recall),
    ("F1", "#2b7a3d", lambda quality: quality.f1),
)


def curve_svg(points: Sequence[Point], threshold: float, title: str) -> str:
    """Draw precision, recall and F1 over the threshold, and mark the one that was used. The scale is that of the odds."""
    drawn = [_line(points, name, colour, measure, place) for place, (name, colour, measure) in enumerate(_LINES)]
    x = _x(threshold)
    mark = f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}" stroke="#555" stroke-dasharray="4 4"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
            ' font-family="sans-serif" font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            f'<text x="{_LEFT}" y="28" font-size="15">{escape(title)}</text>',
            *_grid(points),
            mark,
            *drawn,
            f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 14}" text-anchor="middle">threshold (probability)</text>',
            "</svg>\n",
        ]
    )


def _grid(points: Sequence[Point]) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    found = []
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        found.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#ddd"/>')
        found.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tenth / 10:.1f}</text>')
    for point in points:
        x = _x(point.threshold)
        found.append(f'<line x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{bottom + 5}" stroke="#555"/>')
        found.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" font-size="10">{point.threshold:g}</text>')
    return found


def _line(points: Sequence[Point], name: str, colour: str, measure: Callable[[Quality], float], place: int) -> str:
    path = " ".join(f"{_x(point.threshold):.1f},{_y(measure(point.quality)):.1f}" for point in points)
    label_y = _TOP + 16 + place * 18
    label = f'<text x="{_WIDTH - _RIGHT + 34}" y="{label_y + 4}">{name}</text>'
    sample = (
        f'<line x1="{_WIDTH - _RIGHT + 10}" y1="{label_y}" x2="{_WIDTH - _RIGHT + 28}" y2="{label_y}" stroke="{colour}" stroke-width="2"/>'
    )
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{sample}{label}'


def _x(threshold: float) -> float:
    bounded = min(max(threshold, 1e-4), 1 - 1e-4)
    odds = max(-_FURTHEST, min(_FURTHEST, log2(bounded / (1 - bounded))))
    return _LEFT + (odds + _FURTHEST) / (2 * _FURTHEST) * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
