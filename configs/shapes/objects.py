"""Objects made of named parts, as clouds of points on their surfaces: chairs, tables, lamps, aeroplanes, motorbikes.

x points to the right, y forwards, z upwards. Proportions, pose and sampling are drawn for each object.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POINTS = 256
FEWEST = 5  # points of a part
YAW, TILT = 30, 8  # degrees to either side
STRETCH = 0.15  # of each axis, either way
JITTER = 0.01  # of the object's size

Array = NDArray[np.float64]
Vector = Sequence[float]
Random = np.random.Generator


@dataclass(frozen=True)
class Surface:
    """points: [count, 3], spread over it at random."""

    area: float
    points: Callable[[Random, int], Array]


Parts = dict[str, Surface]


# ---- surfaces ----


def box(centre: Vector, size: Vector) -> Surface:
    x, y, z = size
    faces = np.array([y * z, x * z, x * y])

    def points(rng: Random, count: int) -> Array:
        p = rng.uniform(-0.5, 0.5, (count, 3))
        p[np.arange(count), rng.choice(3, count, p=faces / faces.sum())] = rng.choice([-0.5, 0.5], count)
        return np.asarray(centre) + p * np.asarray(size)

    return Surface(float(2 * faces.sum()), points)


def tube(start: Vector, end: Vector, radius: float, end_radius: float | None = None) -> Surface:
    """The mantle of a cylinder, or of a cone where the radii differ."""
    last = radius if end_radius is None else end_radius
    axis = np.subtract(end, start)
    across = np.cross(axis, [1.0, 0, 0] if abs(axis[0]) < 0.9 * np.linalg.norm(axis) else [0, 1.0, 0])
    across /= np.linalg.norm(across)
    other = np.cross(axis, across) / np.linalg.norm(axis)

    def points(rng: Random, count: int) -> Array:
        along, angle = rng.uniform(size=(count, 1)), rng.uniform(0, 2 * np.pi, (count, 1))
        r = radius + along * (last - radius)
        return np.asarray(start) + along * axis + r * (np.cos(angle) * across + np.sin(angle) * other)

    return Surface(float(np.pi * (radius + last) * np.hypot(np.linalg.norm(axis), last - radius)), points)


def ellipsoid(centre: Vector, radii: Vector) -> Surface:
    def points(rng: Random, count: int) -> Array:
        p = rng.normal(size=(count, 3))
        return np.asarray(centre) + p / np.linalg.norm(p, axis=1, keepdims=True) * np.asarray(radii)

    a, b, c = radii
    return Surface(float(4 * np.pi * (a * b + b * c + a * c) / 3), points)


def wheel(centre: Vector, radius: float, thickness: float) -> Surface:
    """A tyre that rolls forwards."""

    def points(rng: Random, count: int) -> Array:
        around, tyre = rng.uniform(0, 2 * np.pi, (2, count))
        r = radius + thickness * np.cos(tyre)
        return np.asarray(centre) + np.stack([thickness * np.sin(tyre), r * np.cos(around), r * np.sin(around)], axis=1)

    return Surface(4 * np.pi**2 * radius * thickness, points)


def sheet(a: Vector, b: Vector, c: Vector, d: Vector) -> Surface:
    """A quadrilateral with these corners, in order."""
    corners = np.array([a, b, c, d])

    def points(rng: Random, count: int) -> Array:
        s, t = rng.uniform(size=(2, count, 1))
        return (1 - s) * ((1 - t) * corners[0] + t * corners[3]) + s * ((1 - t) * corners[1] + t * corners[2])

    return Surface(float(np.linalg.norm(np.cross(corners[2] - corners[0], corners[3] - corners[1])) / 2), points)


def legs(rng: Random, width: float, depth: float, height: float) -> Parts:
    """Four legs below a board at that height, straight or splayed."""
    radius, splay = rng.uniform(0.02, 0.06), rng.uniform(0.85, 1.25)
    x, y = 0.45 * width, 0.45 * depth
    corners = {"front left": (-x, y), "front right": (x, y), "rear left": (-x, -y), "rear right": (x, -y)}
    return {f"{name} leg": tube((p, q, height), (splay * p, splay * q, 0), radius) for name, (p, q) in corners.items()}


# ---- objects ----


def chair(rng: Random) -> Parts:
    width, depth, height = rng.uniform(0.7, 1.2), rng.uniform(0.7, 1.1), rng.uniform(0.6, 1.1)
    back, lean, arm = rng.uniform(0.6, 1.4), rng.uniform(0, 0.35), rng.uniform(0.25, 0.5)
    x, y, top = width / 2, -depth / 2, height + back
    rear = [(x, y, height), (-x, y, height), (-x, y - lean * back, top), (x, y - lean * back, top)]
    reach = rng.uniform(0.2, 0.5) * depth
    return {
        "seat": box((0, 0, height), (width, depth, rng.uniform(0.03, 0.15))),
        "back": sheet(*rear),
        "left arm": tube((-x, y, height + arm), (-x, reach, height + arm), 0.04),
        "right arm": tube((x, y, height + arm), (x, reach, height + arm), 0.04),
        **legs(rng, width, depth, height),
    }


def table(rng: Random) -> Parts:
    width, depth, height = rng.uniform(1.0, 2.2), rng.uniform(0.7, 1.3), rng.uniform(0.45, 1.2)
    low, drawer = height * rng.uniform(0.15, 0.4), height * rng.uniform(0.12, 0.25)
    return {
        "top": box((0, 0, height), (width, depth, rng.uniform(0.03, 0.12))),
        "shelf": box((0, 0, low), (0.85 * width, 0.85 * depth, 0.03)),
        "drawer": box((0, 0.2 * depth, height - drawer / 2), (0.5 * width, 0.5 * depth, drawer)),
        **legs(rng, width, depth, height),
    }


def lamp(rng: Random) -> Parts:
    base, knee, rise = rng.uniform(0.2, 0.45), rng.uniform(0.4, 1.1), rng.uniform(0.3, 0.7)
    bend, turn = rng.uniform(0, 0.7), rng.uniform(0, 2 * np.pi)
    x, y, z = bend * np.cos(turn), bend * np.sin(turn), knee + rise
    shade, wide, narrow = rng.uniform(0.25, 0.55), rng.uniform(0.25, 0.5), rng.uniform(0.08, 0.25)
    return {
        "base": tube((0, 0, 0), (0, 0, rng.uniform(0.03, 0.12)), base, 0),
        "cord": tube((0, -base, 0), (rng.uniform(-0.4, 0.4), -base - rng.uniform(0.3, 0.7), 0), 0.015),
        "lower pole": tube((0, 0, 0.05), (0, 0, knee), 0.03),
        "joint": ellipsoid((0, 0, knee), [rng.uniform(0.04, 0.09)] * 3),
        "upper pole": tube((0, 0, knee), (x, y, z), 0.025),
        "bulb": ellipsoid((x, y, z), [rng.uniform(0.06, 0.11)] * 3),
        "shade": tube((x, y, z - shade / 2), (x, y, z + shade / 2), wide, narrow),
    }


def aeroplane(rng: Random) -> Parts:
    length, radius, span = rng.uniform(1.6, 2.6), rng.uniform(0.1, 0.2), rng.uniform(0.8, 1.5)
    chord, sweep, up = rng.uniform(0.25, 0.55), rng.uniform(-0.1, 0.8), rng.uniform(-0.05, 0.2)
    front, rear, taper = length / 2, -length / 2, rng.uniform(0.3, 0.9)
    at, small = rng.uniform(0.3, 0.6), rng.uniform(0.25, 0.45)  # place of the engines; size of the tailplanes

    def wing(side: int, y: float, z: float, size: float) -> Surface:
        tip, end = side * size * span, y - size * sweep
        inner, narrow = side * radius, size * chord * taper
        corners = [(inner, y, z), (tip, end, z + size * up), (tip, end - narrow, z + size * up)]
        return sheet(*corners, (inner, y - size * chord, z))

    def engine(side: int) -> Surface:
        x, y = side * at * span, 0.2 * length - at * sweep
        return tube((x, y + 0.1, -radius), (x, y - 0.25, -radius), rng.uniform(0.05, 0.09))

    fin, lift = rear + small * chord + 0.1, radius + rng.uniform(0.25, 0.5)
    return {
        "nose": ellipsoid((0, front, 0), (radius, rng.uniform(1, 2.5) * radius, radius)),
        "fuselage": tube((0, front, 0), (0, rear / 2, 0), radius),
        "tail cone": tube((0, rear / 2, 0), (0, rear, 0.3 * radius), radius, 0.3 * radius),
        "left wing": wing(-1, 0.2 * length, 0, 1),
        "right wing": wing(1, 0.2 * length, 0, 1),
        "left engine": engine(-1),
        "right engine": engine(1),
        "left tailplane": wing(-1, fin, 0.1, small),
        "right tailplane": wing(1, fin, 0.1, small),
        "fin": sheet((0, fin, 0), (0, rear, lift), (0, rear - 0.1, lift), (0, rear, 0)),
    }


def motorbike(rng: Random) -> Parts:
    half, radius, tyre = rng.uniform(0.6, 0.85), rng.uniform(0.28, 0.4), rng.uniform(0.04, 0.1)
    rake, top = rng.uniform(0.15, 0.4), rng.uniform(0.85, 1.15)
    head, bar, deck = half - rake, rng.uniform(0.25, 0.45), rng.uniform(0.65, 0.85)
    tank = rng.uniform(0.2, 0.3)
    return {
        "front wheel": wheel((0, half, radius), radius, tyre),
        "rear wheel": wheel((0, -half, radius), radius, tyre),
        "fork": tube((0, half, radius), (0, head, top), 0.05),
        "handlebar": tube((-bar, head - 0.1, top), (bar, head - 0.1, top), 0.03),
        "tank": ellipsoid((0, head - 0.15 - tank, deck + 0.08), (0.13, tank, rng.uniform(0.1, 0.16))),
        "seat": box((0, -0.6 * half, deck), (0.22, rng.uniform(0.4, 0.65), 0.09)),
        "engine": box((0, 0, 0.38), (0.24, rng.uniform(0.3, 0.5), rng.uniform(0.25, 0.4))),
        "frame": tube((0, head, deck + 0.05), (0, -half, radius), 0.04),
        "exhaust": tube((0.15, 0.1, 0.25), (0.17, -half - 0.15, rng.uniform(0.25, 0.4)), rng.uniform(0.04, 0.07)),
    }


OBJECTS: dict[str, Callable[[Random], Parts]] = {
    "chair": chair,
    "table": table,
    "lamp": lamp,
    "aeroplane": aeroplane,
    "motorbike": motorbike,
}


# ---- clouds ----


def cloud(rng: Random, parts: Parts) -> tuple[Array, NDArray[np.int64]]:
    """Points [POINTS, 3] in no order, and the place of each one's part: in a random pose, in a box around 0 whose
    corners are at distance 1."""
    share = np.sqrt([part.area for part in parts.values()]) * np.exp(rng.normal(0, 0.3, len(parts)))
    counts = FEWEST + rng.multinomial(POINTS - FEWEST * len(parts), share / share.sum())
    points = np.concatenate([part.points(rng, n) for part, n in zip(parts.values(), counts, strict=True)])
    points = points * rng.uniform(1 - STRETCH, 1 + STRETCH, 3) @ _pose(rng).T
    points = _boxed(_boxed(points) + rng.normal(0, JITTER, points.shape))
    order = rng.permutation(POINTS)
    return points[order], np.repeat(np.arange(len(parts)), counts)[order]


def _boxed(points: Array) -> Array:
    low, high = points.min(0), points.max(0)
    return (points - (low + high) / 2) / np.linalg.norm((high - low) / 2)


def _pose(rng: Random) -> Array:
    """Turned around z, then tilted forwards and to the side."""
    yaw, pitch, roll = np.radians([rng.uniform(-YAW, YAW), *rng.uniform(-TILT, TILT, 2)])
    turned = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    forwards = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    sideways = np.array([[np.cos(roll), 0, np.sin(roll)], [0, 1, 0], [-np.sin(roll), 0, np.cos(roll)]])
    return sideways @ forwards @ turned
