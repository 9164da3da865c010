"""Commands of the shell, a file each."""
