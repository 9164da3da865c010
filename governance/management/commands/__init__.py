"""Commands of governance, a file each."""
