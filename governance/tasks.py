"""The jobs of the judgements, as Celery tasks: each calls one action."""
