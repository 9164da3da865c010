"""The desk's screens in the back office, a file a noun."""

from complaints.admin import reply_templates

__all__ = ["reply_templates"]
