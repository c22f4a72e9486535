"""Pictures of nothing: shapes, lattices, windows, woods, heaps and water thrown together. Synthetic, and never a river.

A detector that has seen rendered scenes alone takes any busy picture for the machine that fills its own. These hold
edges, grids and textures of every size and no object at all, so that structure has to decide.
"""

import itertools
import random

import cv2
import numpy as np

from agent.types import Image

Colour = tuple[int, int, int]


def clutter(size: tuple[int, int], chance: random.Random) -> Image:
    """A picture of `size` (width, height), BGR, that holds nothing."""
    width, height = size
    rng = np.random.default_rng(chance.getrandbits(64))
    picture = _ground(width, height, rng)
    for _ in range(chance.randint(2, 22)):
        chance.choice(KINDS)(picture, chance, rng)
    if chance.random() < 0.4:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), chance.uniform(0.4, 2.0)), dtype=np.uint8)
    return picture


def _ground(width: int, height: int, rng: np.random.Generator) -> Image:
    """A texture, mostly lying in bands as sky, land and water do."""
    return _texture(width, height, rng, slope=float(rng.uniform(-1.5, 1.5)))


def _texture(width: int, height: int, rng: np.random.Generator, *, slope: float = 0.0) -> Image:
    """Noise of several sizes between two colours, smooth as water or rough as gravel, some of it in steps as leaves are.

    `slope`: how much brighter it gets downwards, in parts of the coarsest noise.
    """
    field = np.zeros((height, width), np.float32)
    roughness, stretch = rng.uniform(0.1, 1.1), 2.0 ** rng.uniform(-2, 2)
    for cells in (3, 8, 24, 70, 180):
        columns = int(np.clip(cells * stretch, 2, width))
        rows = int(np.clip(cells * height / width / stretch, 2, height))
        coarse = cv2.resize(
            rng.random((rows, columns), dtype=np.float32), (width, height), interpolation=cv2.INTER_LINEAR
        )
        field += (coarse.astype(np.float32) - 0.5) / cells**roughness
    field += slope / 3**roughness * np.linspace(0, 1, height, dtype=np.float32)[:, None]
    field = (field - field.min()) / max(float(field.max() - field.min()), 1e-6)
    if rng.random() < 0.3:
        steps = int(rng.integers(2, 6))
        field = np.floor(field * steps).astype(np.float32) / steps
    low = rng.uniform(0, 255) + rng.normal(0, 25, 3)
    high = rng.uniform(0, 255) + rng.normal(0, 25, 3)
    return np.asarray(np.clip(low + (high - low) * field[:, :, None], 0, 255), dtype=np.uint8)


def _colour(chance: random.Random) -> Colour:
    grey, tint = chance.uniform(10, 240), chance.uniform(0, 60)
    blue, green, red = (int(min(255, max(0, grey + chance.uniform(-tint, tint)))) for _ in range(3))
    return blue, green, red


def _place(picture: Image, chance: random.Random) -> tuple[int, int, int]:
    """A middle and a size."""
    height, width = picture.shape[:2]
    return chance.randrange(width), chance.randrange(height), round(width * 10 ** chance.uniform(-1.6, -0.1))


def _shape(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    x, y, size = _place(picture, chance)
    corners = np.array([x, y]) + rng.normal(0, size / 2, (chance.randint(3, 7), 2))
    hull = cv2.convexHull(corners.astype(np.int32)) if chance.random() < 0.6 else corners.astype(np.int32)
    cv2.fillPoly(picture, [hull], _colour(chance), cv2.LINE_AA)


def _surface(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    """A hillside, a heap, a hedge, a wall: some outline, filled with a texture."""
    x, y, size = _place(picture, chance)
    corners = np.array([x, y]) + rng.normal(0, size / 1.6, (chance.randint(4, 12), 2)) * (1.0, 0.7)
    left, top, width, height = cv2.boundingRect(corners.astype(np.int32))
    left, top = max(0, left), max(0, top)
    part = picture[top : top + height, left : left + width]
    if min(part.shape[:2]) < 4:
        return
    inside = np.zeros(part.shape[:2], np.uint8)
    outline = corners.astype(np.int32) - (left, top)
    cv2.fillPoly(inside, [cv2.convexHull(outline) if chance.random() < 0.7 else outline], 255)
    part[inside > 0] = _texture(part.shape[1], part.shape[0], rng)[inside > 0]


def _grid(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    """A wall with its windows."""
    del rng
    x, y, size = _place(picture, chance)
    tall = round(size * chance.uniform(0.3, 1.8))
    cv2.rectangle(picture, (x, y), (x + size, y + tall), _colour(chance), -1)
    step, pane, window = max(4, size // chance.randint(3, 12)), chance.uniform(0.3, 0.7), _colour(chance)
    for column in range(x + step // 3, x + size - step // 2, step):
        for row in range(y + step // 3, y + tall - step // 2, step):
            cv2.rectangle(
                picture, (column, row), (column + round(step * pane), row + round(step * pane)), window, -1
            )


def _lattice(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    """A girder on its way from nowhere to nowhere."""
    del rng
    x, y, size = _place(picture, chance)
    along = np.array([np.cos(a := chance.uniform(0, np.pi)), np.sin(a)]) * size
    across = np.array([-along[1], along[0]]) * chance.uniform(0.04, 0.3)
    colour, thick = _colour(chance), chance.randint(1, 3)
    bays = chance.randint(3, 14)
    nodes = [np.array([x, y]) + along * bay / bays + across * (bay % 2) for bay in range(bays + 1)]
    for side in (0.0, 1.0):
        one, other = np.array([x, y]) + across * side, np.array([x, y]) + along + across * side
        cv2.line(picture, _at(one), _at(other), colour, thick, cv2.LINE_AA)
    for one, other in itertools.pairwise(nodes):
        cv2.line(picture, _at(one), _at(other), colour, thick, cv2.LINE_AA)


def _foliage(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    x, y, size = _place(picture, chance)
    dark = np.array(_colour(chance))
    finest = chance.uniform(0.005, 0.03)
    for _ in range(chance.randint(30, 250)):
        at = np.array([x, y]) + rng.normal(0, size / 3, 2) * (1.6, 0.7)
        blue, green, red = (int(c) for c in np.clip(dark + rng.normal(0, 22), 0, 255))
        cv2.circle(
            picture,
            _at(at),
            max(1, round(size * float(rng.uniform(finest, 3 * finest)))),
            (blue, green, red),
            -1,
        )


def _wood(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    """A row of bare trees, each branch with branches of its own."""
    x, y, size = _place(picture, chance)
    colour = _colour(chance)
    bough = chance.uniform(0.25, 0.8)

    def grow(foot: np.ndarray, angle: float, length: float, left: int) -> None:
        top = foot + length * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(picture, _at(foot), _at(top), colour, max(1, round(length / 22)), cv2.LINE_AA)
        if left:
            for _ in range(3):
                start = foot + (top - foot) * float(rng.uniform(0.35, 1.0))
                grow(
                    start,
                    angle + float(rng.normal(0, bough)),
                    length * float(rng.uniform(0.35, 0.7)),
                    left - 1,
                )

    for _ in range(chance.randint(2, 9)):
        foot = np.array([x, y], dtype=float) + rng.normal(0, size, 2) * (1.0, 0.06)
        grow(foot, -np.pi / 2 + float(rng.normal(0, 0.08)), size * float(rng.uniform(0.3, 0.8)), 3)


def _trough(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    """Long things side by side running away from the eye: holds, roads, quays, stripes of anything."""
    x, y, size = _place(picture, chance)
    reach = size * chance.uniform(0.6, 2.0)
    lean = np.array([rng.normal(0, reach / 3), -reach])
    edges = np.sort(rng.uniform(-1, 1, chance.randint(3, 8))) * size / 1.6
    narrowed = chance.uniform(0.1, 0.9)
    fill = _texture(picture.shape[1], picture.shape[0], rng)
    for one, other in itertools.pairwise(edges):
        near = [np.array([x + one, y]), np.array([x + other, y])]
        far = [np.array([x + other * narrowed, y]) + lean, np.array([x + one * narrowed, y]) + lean]
        corners = np.array([*near, *far]).astype(np.int32)
        if chance.random() < 0.5:
            cv2.fillPoly(picture, [corners], _colour(chance), cv2.LINE_AA)
        else:
            inside = np.zeros(picture.shape[:2], np.uint8)
            cv2.fillPoly(inside, [corners], 255)
            picture[inside > 0] = fill[inside > 0]


def _arch(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    """A bow over a deck, with its hangers."""
    del rng
    x, y, size = _place(picture, chance)
    rise, colour, thick = round(size * chance.uniform(0.15, 0.6)), _colour(chance), chance.randint(1, 5)
    cv2.ellipse(picture, (x, y), (size, rise), 0, 180, 360, colour, thick, cv2.LINE_AA)
    cv2.line(picture, (x - size, y), (x + size, y), colour, thick + 1, cv2.LINE_AA)
    for part in np.linspace(-0.9, 0.9, chance.randint(4, 16)):
        top = y - rise * float(np.sqrt(1 - part * part))
        cv2.line(
            picture,
            (round(x + part * size), y),
            (round(x + part * size), round(top)),
            colour,
            max(1, thick // 2),
        )


def _strokes(picture: Image, chance: random.Random, rng: np.random.Generator) -> None:
    """Poles, masts, ropes, bare trees."""
    x, y, size = _place(picture, chance)
    colour = _colour(chance)
    for _ in range(chance.randint(2, 14)):
        foot = np.array([x, y]) + rng.normal(0, size / 2, 2) * (1.0, 0.1)
        top = foot + np.array([rng.normal(0, size / 8), -abs(rng.normal(size / 2, size / 4))])
        cv2.line(picture, _at(foot), _at(top), colour, chance.randint(1, 3), cv2.LINE_AA)


def _at(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


KINDS = (_shape, _surface, _surface, _grid, _lattice, _foliage, _wood, _trough, _arch, _strokes)
