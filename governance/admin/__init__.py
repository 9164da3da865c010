"""The back office's screens of judgements, a file a noun."""

from governance.admin import decisions, policy, ratings, scores, shop

__all__ = ["decisions", "policy", "ratings", "scores", "shop"]
