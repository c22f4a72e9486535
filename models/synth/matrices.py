"""Rigid motions, scalings and projections as 4 x 4 matrices on column vectors.

Axes everywhere: x forward, y to port, z up, metres; z = 0 is the still water. Angles are degrees.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]  # 4 x 4
Point: TypeAlias = tuple[float, float, float]

IDENTITY: Matrix = np.eye(4)


def shift(x: float, y: float, z: float) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def stretch(x: float, y: float, z: float) -> Matrix:
    return np.diag((x, y, z, 1.0))


def turn(axis: str, angle_deg: float) -> Matrix:
    """Right-handed rotation about `x`, `y` or `z`: about z from ahead to port, about y bow down."""
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(4)
    matrix[first, first] = matrix[second, second] = cos
    matrix[second, first], matrix[first, second] = sin, -sin
    return matrix


def chain(*matrices: Matrix) -> Matrix:
    """The product; the last one is applied to the point first."""
    product = np.eye(4)
    for matrix in matrices:
        product = product @ matrix
    return product


def moved(matrix: Matrix, point: Point) -> Point:
    x, y, z = (matrix @ np.array([*point, 1.0]))[:3]
    return float(x), float(y), float(z)


def between(a: Point, b: Point) -> Matrix:
    """Takes the unit segment (0,0,0)-(0,0,1) to a-b: for ropes and arms whose ends move."""
    start, along = np.array(a), np.array(b) - np.array(a)
    length = max(float(np.linalg.norm(along)), 1e-6)
    up = along / length
    side = np.cross(up, (1.0, 0.0, 0.0) if abs(up[0]) < 0.9 else (0.0, 1.0, 0.0))
    side /= np.linalg.norm(side)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = side, np.cross(up, side), along
    matrix[:3, 3] = start
    return matrix


def inverted(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def view_from(camera: Matrix) -> Matrix:
    """World to eye for a camera whose own frame is x ahead, y left, z up (OpenGL looks along -z)."""
    eye_axes = np.array([[0, -1, 0, 0], [0, 0, 1, 0], [-1, 0, 0, 0], [0, 0, 0, 1]], dtype=np.float64)
    return eye_axes @ inverted(camera)


def perspective(wide_deg: float, aspect: float, near_m: float, far_m: float) -> Matrix:
    """`wide_deg` is the horizontal field of view."""
    across = 1.0 / math.tan(math.radians(wide_deg) / 2.0)
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = across, across * aspect
    matrix[2, 2] = (far_m + near_m) / (near_m - far_m)
    matrix[2, 3] = 2.0 * far_m * near_m / (near_m - far_m)
    matrix[3, 2] = -1.0
    return matrix


def parallel(half_m: float, depth_m: float) -> Matrix:
    """A cube of light: +-half across, +-depth along the ray."""
    return np.diag((1.0 / half_m, 1.0 / half_m, -1.0 / depth_m, 1.0))
