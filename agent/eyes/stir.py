"""How the gear's region looks, and how the whole picture is: cheap measures of one look after another.

On a boat the picture moves more than most machines do. So the shift of the whole picture is measured first, on
what does not belong to the gear: the own deck (camera and gear stand on one hull), or the far bank. The region is
cut out where it then is and told as a few cells of grey and of texture. What is made of these over minutes is
`agent.activity.swing`'s affair.

Neither energy of motion nor the middle of what moved is told: water is never still, and a boom that rests where
it digs for half of each cycle becomes what is usual there, so that its absence "moves".
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.eyes.glass import Glass
from agent.eyes.landmarks import Deck, Landmarks
from agent.eyes.repeat import Repeats
from agent.types import Detection

Grey: TypeAlias = NDArray[np.uint8]
Plane: TypeAlias = NDArray[np.float32]
Box: TypeAlias = tuple[float, float, float, float]
Region: TypeAlias = tuple[tuple[float, float], ...]  # corners, shares of width and height

THUMB_WIDTH_PX: Final = 160
PATCH_PX: Final = 48
CELLS: Final = (8, 6)  # of the mosaic, across and down
GEAR_CELLS: Final = (6, 4)  # of the gear's region
GREY_SCALE: Final = 40.0  # 128 is the median of the region, 168 one deviation brighter
TEXTURE_SCALE: Final = 80.0
GEAR: Final = frozenset(("grab_crane", "excavator", "suction_dredger"))
KEEP_REGION_NS: Final = 600 * 1_000_000_000  # a region found by the detector outlives it so long
CLEAR_PEAK: Final = 0.08  # response of the phase correlation below which a shift is not believed


@dataclass(frozen=True, slots=True)
class Stirred:
    """The measures of one look; their meaning is said at `agent.types.Observation`."""

    contrast: float
    change: float | None
    mosaic: str
    edges: str
    shift: tuple[float, float] | None
    gear: str
    news: float | None
    repeat: float | None
    repeat_s: float | None
    spots: int | None
    landmarks: float | None


class Stir:
    """Takes every look of one camera in order. `region` is the technician's; without one the detector's is used."""

    def __init__(
        self, region: Region | None = None, *, on_own_hull: bool = True, known: Sequence[Landmarks] = ()
    ) -> None:
        """`known` are the landmarks of the commissioning, if there was one."""
        self._drawn = region
        self._on_own_hull = on_own_hull
        self._repeats, self._glass, self._deck = Repeats(), Glass(), Deck(known)
        self._found = _Found()
        self._last: Plane | None = None
        self._key: Plane | None = None
        self._key_at = (0.0, 0.0)

    def step(
        self, mono_ns: int, grey: Grey, size_px: tuple[int, int], detections: Sequence[Detection] | None
    ) -> Stirred:
        """One look: its grey, the size of its frame, and what the detector saw in it."""
        thumb = thumbnail(grey)
        if self._last is not None and self._last.shape != thumb.shape:
            self._last = self._key = None
            self._key_at = (0.0, 0.0)
            self._repeats, self._glass = Repeats(), Glass()
        last, self._last = self._last, thumb
        region = self._drawn or self._found.step(mono_ns, size_px, detections or ())
        box = None if region is None else bounds(region)
        shift = self._shift(thumb, box)
        again = self._repeats.step(mono_ns, thumb)
        news = self._repeats.news
        return Stirred(
            contrast=round(float(thumb.std()), 3),
            change=None if last is None else round(float(np.abs(thumb - last).mean()), 3),
            mosaic=_hex(cv2.resize(thumb, CELLS, interpolation=cv2.INTER_AREA)),
            edges=_hex(_edges(thumb)),
            shift=None if shift is None else _shares(shift),
            gear="" if region is None or box is None else _gear(thumb, region, box, shift or self._key_at),
            news=None if news is None else round(news, 3),
            repeat=None if again is None else again.likeness,
            repeat_s=None if again is None else again.lag_s,
            spots=self._glass.step(mono_ns, thumb),
            landmarks=self._deck.step(mono_ns, thumb),
        )

    def _shift(self, thumb: Plane, box: Box | None) -> tuple[float, float] | None:
        """How far the picture has moved since the first look, in pixels; None where it cannot be told."""
        band = _band(thumb, box, on_own_hull=self._on_own_hull)
        if self._key is None:
            self._key = band
            return self._key_at
        window = cv2.createHanningWindow((band.shape[1], band.shape[0]), cv2.CV_32F)
        (dx, dy), peak = cv2.phaseCorrelate(self._key, band, window)
        if peak < CLEAR_PEAK or max(abs(dx), abs(dy)) > THUMB_WIDTH_PX / 6:
            self._key = band
            return None
        at = (self._key_at[0] + dx, self._key_at[1] + dy)
        if max(abs(dx), abs(dy)) > 3.0:
            self._key, self._key_at = band, at
        return at


class _Found:
    """The region as the detector shows it: where its boxes of gear mostly reach, a little wider, kept for minutes."""

    def __init__(self) -> None:
        self._boxes: deque[Box] = deque(maxlen=40)
        self._region: Region | None = None
        self._seen_ns = 0

    def step(self, mono_ns: int, size_px: tuple[int, int], detections: Sequence[Detection]) -> Region | None:
        gear = [found for found in detections if found.label in GEAR]
        if gear:
            best = max(gear, key=lambda found: (found.x1 - found.x0) * (found.y1 - found.y0))
            wide, tall = size_px
            self._boxes.append((best.x0 / wide, best.y0 / tall, best.x1 / wide, best.y1 / tall))
            self._seen_ns = mono_ns
            self._settle()
        elif self._region is not None and not 0 <= mono_ns - self._seen_ns <= KEEP_REGION_NS:
            self._region = None
            self._boxes.clear()
        return self._region

    def _settle(self) -> None:
        """The region is moved only when the boxes have plainly left it: a moved region looks new all over."""
        if len(self._boxes) < 8:
            return
        rows = np.array(self._boxes)
        x0, y0 = np.percentile(rows[:, :2], 10, axis=0)
        x1, y1 = np.percentile(rows[:, 2:], 90, axis=0)
        aside = 0.12 * max(x1 - x0, y1 - y0)
        wanted = (max(0.0, x0 - aside), max(0.0, y0 - aside), min(1.0, x1 + aside), min(1.0, y1 + aside))
        if self._region is not None:
            held = bounds(self._region)
            across = min(held[2], wanted[2]) - max(held[0], wanted[0])
            down = min(held[3], wanted[3]) - max(held[1], wanted[1])
            if (
                across > 0
                and down > 0
                and across * down > 0.75 * (wanted[2] - wanted[0]) * (wanted[3] - wanted[1])
            ):
                return
        a, b, c, d = (round(float(edge), 3) for edge in wanted)
        self._region = ((a, b), (c, b), (c, d), (a, d))


def thumbnail(grey: Grey) -> Plane:
    """The grey as it is compared from look to look."""
    rows = max(1, round(grey.shape[0] * THUMB_WIDTH_PX / grey.shape[1]))
    return _plane(cv2.resize(grey, (THUMB_WIDTH_PX, rows), interpolation=cv2.INTER_AREA))


def bounds(region: Region) -> Box:
    """The box around a region."""
    across, down = [x for x, _ in region], [y for _, y in region]
    return min(across), min(down), max(across), max(down)


def _band(thumb: Plane, box: Box | None, *, on_own_hull: bool) -> Plane:
    """The part of the picture that stands still when the gear moves: own deck below, or the bank above."""
    rows, columns = thumb.shape
    low, high = (int(rows * 0.72), rows) if on_own_hull else (int(rows * 0.25), int(rows * 0.6))
    band = thumb[low:high].copy()
    if box is not None:
        top, bottom = max(0, int(box[1] * rows) - low), max(0, int(box[3] * rows) - low)
        band[top:bottom, int(box[0] * columns) : int(box[2] * columns)] = float(band.mean())
    return band


def _gear(thumb: Plane, region: Region, box: Box, shift: tuple[float, float]) -> str:
    """The region cut out where it is now, its own brightness and contrast taken away, as cells of grey and texture."""
    rows, columns = thumb.shape
    wide, tall = max(4.0, (box[2] - box[0]) * columns), max(4.0, (box[3] - box[1]) * rows)
    to_source = np.array(
        [
            [wide / PATCH_PX, 0, box[0] * columns + shift[0]],
            [0, tall / PATCH_PX, box[1] * rows + shift[1]],
        ],
        dtype=np.float32,
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (PATCH_PX, PATCH_PX)
    patch = _plane(cv2.warpAffine(thumb, to_source, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
    patch = (patch - float(np.median(patch))) / max(6.0, float(patch.std()))
    patch *= _inside(region, box)
    texture = np.abs(patch - _plane(cv2.GaussianBlur(patch, (0, 0), 3.0)))
    grey = _plane(cv2.resize(patch, GEAR_CELLS, interpolation=cv2.INTER_AREA))
    fine = _plane(cv2.resize(texture, GEAR_CELLS, interpolation=cv2.INTER_AREA))
    return _hex(128.0 + GREY_SCALE * grey) + _hex(TEXTURE_SCALE * fine)


def _inside(region: Region, box: Box) -> Plane:
    """1 within the polygon, on the patch of its bounding box."""
    x0, y0, x1, y1 = box
    corners = [
        (round((x - x0) / (x1 - x0) * PATCH_PX), round((y - y0) / (y1 - y0) * PATCH_PX)) for x, y in region
    ]
    mask = np.zeros((PATCH_PX, PATCH_PX), dtype=np.float32)
    cv2.fillPoly(mask, [np.array(corners, dtype=np.int32)], (1.0,))
    return mask


def _edges(thumb: Plane) -> Plane:
    """Strength of edges in each cell: what a thing looks like whatever the light."""
    across, down = cv2.Sobel(thumb, cv2.CV_32F, 1, 0), cv2.Sobel(thumb, cv2.CV_32F, 0, 1)
    return _plane(cv2.resize(cv2.magnitude(across, down), CELLS, interpolation=cv2.INTER_AREA))


def _shares(shift: tuple[float, float]) -> tuple[float, float]:
    return round(shift[0] / THUMB_WIDTH_PX, 5), round(shift[1] / THUMB_WIDTH_PX, 5)


def _plane(image: object) -> Plane:
    return np.asarray(image, dtype=np.float32)


def _hex(cells: object) -> str:
    """Two digits a cell, row by row."""
    whole = np.clip(np.rint(_plane(cells)), 0, 255).astype(np.uint8)
    return bytes(whole).hex()
