"""Facts and messages that come in as files: read, checked, counted and stored."""
