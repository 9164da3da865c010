"""Benchmarks: what the main job costs, as ratios measured in one run: `python -m benchmarks`, or `make bench`."""
