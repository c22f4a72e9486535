"""Tiling noise made from a seed: waves, clouds, and the grain in which rust and dirt grow."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Texels: TypeAlias = NDArray[np.float32]


def _filtered(
    shape: tuple[int, ...], rng: np.random.Generator, power: float, low: float = 1.0
) -> NDArray[np.float64]:
    """White noise with a spectrum falling as frequency to the -`power`; tiles; mean 0, deviation 1."""
    waves = np.fft.fftn(rng.normal(size=shape))
    axes = np.meshgrid(*(np.fft.fftfreq(n) * n for n in shape), indexing="ij")
    frequency = np.sqrt(sum(np.square(axis) for axis in axes))
    waves *= np.where(frequency >= low, np.maximum(frequency, low) ** -power, 0.0)
    noise = np.fft.ifftn(waves).real
    return np.asarray((noise - noise.mean()) / noise.std())


def grain(rng: np.random.Generator, size: int = 256) -> NDArray[np.uint8]:
    """size x size x 4 of independent noise around the middle grey."""
    layers = [_filtered((size, size), rng, power, 3.0) for power in (1.25, 0.8, 1.05, 1.35)]
    return np.asarray(np.clip(np.stack(layers, axis=2) * 42.0 + 127.0, 0, 255), dtype=np.uint8)


def clouds(rng: np.random.Generator, size: int = 512) -> NDArray[np.uint8]:
    """size x size x 1, billowed so that edges are crisp and bodies soft."""
    soft = _filtered((size, size), rng, 2.1, 2.0)
    crisp = 1.0 - np.abs(_filtered((size, size), rng, 1.7, 6.0)) * 0.9
    return np.asarray(np.clip((0.5 + 0.19 * soft + 0.10 * crisp) * 255, 0, 255), dtype=np.uint8)[:, :, None]


def waves(rng: np.random.Generator, size: int = 256) -> Texels:
    """size x size x 3: slope along x and y, and the squared slope, of short wind waves.

    The spectrum is made up: crests mostly across x, lengths from a sixth of the tile downwards.
    """
    white = np.fft.fft2(rng.normal(size=(size, size)))
    kx, ky = np.meshgrid(np.fft.fftfreq(size) * size, np.fft.fftfreq(size) * size, indexing="ij")
    k = np.maximum(np.hypot(kx, ky), 1e-9)
    amplitude = (
        np.where(k >= 4, k**-2.3, 0.0) * np.exp(-((k / 70.0) ** 2)) * (0.25 + 0.75 * np.square(kx / k))
    )
    height = white * amplitude
    across = np.fft.ifft2(1j * kx * height).real
    along = np.fft.ifft2(1j * ky * height).real
    scale = 0.16 / np.sqrt(np.mean(np.square(across) + np.square(along)))
    slope = np.stack([across, along], axis=2) * scale
    return np.concatenate([slope, np.square(slope).sum(axis=2, keepdims=True)], axis=2).astype(np.float32)
