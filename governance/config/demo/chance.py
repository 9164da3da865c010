"""Random numbers that are the same for the same seed on every machine, whatever else the demo draws."""

from __future__ import annotations

import math
from random import Random


def dice(seed: int, *purpose: object) -> Random:
    """A generator of its own for one purpose, e.g. one shop and date; independent of Python's hash seed."""
    return Random("/".join(map(str, (seed, *purpose))))  # noqa: S311  made-up talk, no secrets


def poisson(rng: Random, mean: float) -> int:
    """A random count with this mean (Knuth's method, good for means up to some hundreds)."""
    limit = math.exp(-mean)
    count = 0
    product = rng.random()
    while product > limit:
        product *= rng.random()
        count += 1
    return count
