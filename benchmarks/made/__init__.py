"""Synthetic input for the benchmarks. Nothing here is about real shops, buyers or messages."""
