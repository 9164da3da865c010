"""The desk's screens in the back office, a file a noun."""

from complaints.admin import appeals, blind_reviews, complaints, matters, reply_templates

__all__ = ["appeals", "blind_reviews", "complaints", "matters", "reply_templates"]
