"""The back office's screens of judgements, a file a noun."""

from governance.admin import policy, ratings, scores, shop

__all__ = ["policy", "ratings", "scores", "shop"]
