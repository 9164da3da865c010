"""Actions of governance: a verb a file, one transaction each."""
