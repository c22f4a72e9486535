"""Edges that cross or touch where they should not, in any plane coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from agent.errors import Both, Mistake

Point: TypeAlias = tuple[float, float]
Plane: TypeAlias = Sequence[Point]

_PROBLEMS = {"crosses or touches": "cắt hoặc chạm", "runs back over": "quay ngược lên"}


@dataclass(frozen=True, slots=True)
class _Edge:
    ring: str
    number: int  # of its first corner, from 0
    corners: int  # of its ring
    a: Point
    b: Point

    @property
    def west(self) -> float:
        return min(self.a[0], self.b[0])

    @property
    def name(self) -> str:
        return f"{self.number + 1}-{(self.number + 1) % self.corners + 1}"


def crossings(rings: Sequence[tuple[str, Plane]]) -> list[Mistake]:
    """A mistake for each pair of edges that meet, naming both by their corners (counted from 1).

    Neighbours in a ring meet in their corner and may not run back over each other. A sweep from west to
    east compares only edges whose spans overlap.
    """
    edges = [
        _Edge(name, number, len(plane), plane[number], plane[(number + 1) % len(plane)])
        for name, plane in rings
        for number in range(len(plane))
    ]
    edges.sort(key=lambda edge: edge.west)
    mistakes = []
    for index, edge in enumerate(edges):
        east = max(edge.a[0], edge.b[0])
        for other in edges[index + 1 :]:
            if other.west > east:
                break
            problem = _problem(edge, other)
            if problem:
                mistakes.append(_mistake(edge, other, problem))
    return sorted(mistakes, key=str)


def _mistake(edge: _Edge, other: _Edge, problem: str) -> Mistake:
    one, two = sorted((edge, other), key=lambda item: (item.ring, item.number))
    vi, en = ("", "") if one.ring == two.ring else (f" của {two.ring}", f" of {two.ring}")
    return Mistake(
        one.ring,
        "",
        Both(
            vi=f"cạnh {one.name} {_PROBLEMS[problem]} cạnh {two.name}{vi}",
            en=f"edge {one.name} {problem} edge {two.name}{en}",
        ),
        Both(
            vi="các điểm phải theo thứ tự dọc ranh giới, và các vòng không được chung chỗ",
            en="corners must follow the boundary in order, and rings must not share a place",
        ),
    )


def _problem(edge: _Edge, other: _Edge) -> str:
    if edge.ring == other.ring and (edge.number - other.number) % edge.corners in (1, edge.corners - 1):
        first, second = (edge, other) if edge.b == other.a else (other, edge)
        return "runs back over" if _doubles_back(first, second) else ""
    return "crosses or touches" if _meet(edge.a, edge.b, other.a, other.b) else ""


def _doubles_back(first: _Edge, second: _Edge) -> bool:
    """Does the second edge go back along the first, within a milliradian?"""
    (px, py), (ux, uy), (vx, vy) = first.b, first.a, second.b
    ux, uy, vx, vy = ux - px, uy - py, vx - px, vy - py
    dot, cross = ux * vx + uy * vy, ux * vy - uy * vx
    return dot > 0.0 and abs(cross) <= 1e-3 * dot


def _side(a: Point, b: Point, p: Point) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _in_span(a: Point, b: Point, p: Point) -> bool:
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Do the segments ab and cd share a point, ends included?"""
    ca, cb = _side(c, d, a), _side(c, d, b)
    ac, ad = _side(a, b, c), _side(a, b, d)
    if ca * cb < 0.0 and ac * ad < 0.0:
        return True
    return (
        (ca == 0.0 and _in_span(c, d, a))
        or (cb == 0.0 and _in_span(c, d, b))
        or (ac == 0.0 and _in_span(a, b, c))
        or (ad == 0.0 and _in_span(a, b, d))
    )
