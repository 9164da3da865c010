"""The HTTP API of facts, a file a noun: what other systems send and read."""
