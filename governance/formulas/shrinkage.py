"""Estimates that lean on the peer group where the sample is small."""

from __future__ import annotations


def shrink_rate(k: int, n: int, prior: float, strength: float) -> float:
    """The rate `k` / `n` drawn towards `prior` as if `strength` more cases had gone the prior's way; within 0 to 1.

    With n = 0 it is the prior. Raises ValueError where both n and strength are 0. Source: clock.md section 6:
    (k + m * p0) / (n + m), the posterior mean of a beta prior; Efron and Morris, Stein's Paradox in Statistics (1977).
    """
    if n + strength <= 0:
        raise ValueError("Nothing to estimate from: the sample and the strength of the prior are both 0.")
    return (k + strength * prior) / (n + strength)
