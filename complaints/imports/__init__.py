"""Complaints from files."""
