"""The jobs of the facts, as Celery tasks: each calls one action."""
