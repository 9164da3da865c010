"""Filters and tags for templates, usable by every app."""
