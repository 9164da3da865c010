"""The back office's screens of judgements, a file a noun."""

from governance.admin import decisions, policy, policy_drafts, ratings, runs, schedule, scores, shop

__all__ = ["decisions", "policy", "policy_drafts", "ratings", "runs", "schedule", "scores", "shop"]
