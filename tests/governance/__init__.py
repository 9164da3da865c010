"""Tests of the judgements layer."""
