"""The HTTP API of complaints, appeals and evidence."""
