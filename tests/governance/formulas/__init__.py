"""Tests of the arithmetic of judgements."""
