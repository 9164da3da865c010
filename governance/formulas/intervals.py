"""The confidence interval of a rate: how far a small sample may mislead."""

from __future__ import annotations

from math import sqrt

NORMAL_95 = 1.959964
"""The two-sided 95 % quantile of the normal distribution."""


def wilson(k: int, n: int, z: float = NORMAL_95) -> tuple[float, float] | None:
    """The Wilson score interval (low, high) of `k` successes in `n`, both within 0 to 1; None where `n` is 0.

    Raises ValueError unless 0 <= k <= n. Source: E. B. Wilson, Probable Inference, the Law of Succession, and
    Statistical Inference, JASA 22 (1927), 209-212; clock.md section 5.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no rate: the numerator must lie between 0 and the denominator.")
    if n == 0:
        return None
    z_squared = z * z
    scale = n + z_squared
    centre = (k + z_squared / 2) / scale
    half = z / scale * sqrt(k * (n - k) / n + z_squared / 4)
    # At the ends the exact bounds are 0 and 1; floating point would leave them a hair off.
    return (0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half)
