"""Hulls lofted from sections: steel pontoons and barges with raked ends, wooden boats with sheer."""

import numpy as np

from models.synth.paint import Paint
from models.synth.shapes import Mesh, join, sheet

RED_LEAD = Paint(96, 42, 34, gloss=0.15, rust=0.4, grime=0.6)


def steel(
    length: float, beam: float, deck_m: float, keel_m: float, rake_m: float, paint: Paint, deck: Paint
) -> Mesh:
    """A box with raked ends: `deck_m` above and `keel_m` (negative) below the water it floats in."""
    x = np.array(
        [-length / 2, -length / 2 + rake_m, -length / 4, 0, length / 4, length / 2 - rake_m, length / 2]
    )
    keel = np.interp(np.arange(7), (0, 1, 5, 6), (deck_m - 0.7, keel_m, keel_m, deck_m - 0.7))
    half = np.interp(np.arange(7), (0, 1, 5, 6), (beam / 2 - 0.25, beam / 2, beam / 2, beam / 2 - 0.25))
    rows = []
    for px, pk, ph in zip(x, keel, half, strict=True):
        rows.append(
            [
                (px, -ph, deck_m),
                (px, -ph, max(pk, 0.15)),
                (px, -ph, pk),
                (px, ph, pk),
                (px, ph, max(pk, 0.15)),
                (px, ph, deck_m),
            ]
        )
    grid = np.array(rows)
    top = np.stack([grid[:, 0], grid[:, -1]], axis=1)
    sides = sheet(np.concatenate([grid[:, :2]], axis=1), paint, smooth=False)
    others = sheet(grid[:, 4:], paint, smooth=False)
    bottom = sheet(grid[:, 1:5], RED_LEAD, smooth=False)
    ends = [sheet(np.stack([grid[i, :3], grid[i, 5:2:-1]], axis=0), paint, smooth=False) for i in (0, -1)]
    return join([sides, others, bottom, *ends, sheet(top, deck, smooth=False)])


def wooden(length: float, beam: float, freeboard: float, sheer: float, paint: Paint, deck: Paint) -> Mesh:
    """A Mekong hull: full sections, bow rising by `sheer` and drawn to a stem, stern rising a little."""
    share = np.linspace(0.0, 1.0, 17)
    half = beam / 2 * np.interp(share, (0, 0.06, 0.25, 0.65, 0.88, 1.0), (0.55, 0.78, 1.0, 1.0, 0.6, 0.06))
    top = freeboard + sheer * np.interp(share, (0, 0.15, 0.4, 0.7, 1.0), (0.35, 0.12, 0.0, 0.18, 1.0))
    keel = np.interp(share, (0, 0.1, 0.8, 1.0), (0.1, -0.6, -0.6, 0.35 * sheer))
    x = (share - 0.5) * length
    rows = []
    for px, ph, pt, pk in zip(x, half, top, keel, strict=True):
        rows.append(
            [
                (px, ph, pt),
                (px, ph * 0.97, pk + (pt - pk) * 0.45),
                (px, ph * 0.7, pk + (pt - pk) * 0.1),
                (px, 0.0, pk),
            ]
        )
    port = np.array(rows)
    starboard = port * np.array([1.0, -1.0, 1.0])
    inner = np.stack(
        [
            port[:, 0] * np.array([1, 0.96, 1]) - [0, 0, 0.12],
            starboard[:, 0] * np.array([1, 0.96, 1]) - [0, 0, 0.12],
        ],
        axis=1,
    )
    strake = [
        sheet(
            np.stack([row[:, 0], row[:, 0] * 0.5 + row[:, 1] * 0.5], axis=1) + np.array([0, 0.03 * sign, 0]),
            paint.shaded(1.5),
        )
        for row, sign in ((port, 1), (starboard, -1))
    ]
    end = sheet(np.stack([port[0], starboard[0]], axis=0), paint, smooth=False)
    return join([sheet(port, paint), sheet(starboard, paint), sheet(inner, deck, smooth=False), end, *strake])
