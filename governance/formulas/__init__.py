"""Arithmetic only: intervals, shrinkage, curves, scores, ratings, grades. Numbers in, numbers out.

No Django, no pydantic, no files: what these functions return depends on their arguments alone, so a rerun is equal.
"""
