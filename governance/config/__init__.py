"""The shell: settings, urls, Celery, dashboard, demo and the `import` command. It alone knows all three apps."""

from governance.config.celery import app as celery_app

__all__ = ["celery_app"]
