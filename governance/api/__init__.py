"""The HTTP API of judgements, a file a noun."""
