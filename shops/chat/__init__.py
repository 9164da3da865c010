"""The chat log and everything that is computed from it."""
