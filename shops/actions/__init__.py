"""Actions on facts: a verb a file."""
