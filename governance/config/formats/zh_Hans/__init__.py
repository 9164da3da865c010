"""Formats of Simplified Chinese pages."""
