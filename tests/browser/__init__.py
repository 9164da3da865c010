"""Tests that drive an installed Chromium through the pages."""
