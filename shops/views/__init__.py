"""Pages for everybody who signs in, and how facts are put into words."""
