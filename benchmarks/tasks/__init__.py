"""The tasks: what runs in a child process, with all of Openline loaded. Every function takes a Meter first."""
