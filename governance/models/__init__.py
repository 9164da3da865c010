"""The tables of judgements, a file a noun."""

from governance.models.agent_score import AgentScore
from governance.models.decision import ChangedFacts, Decision
from governance.models.policy import Policy
from governance.models.policy_draft import PolicyDraft
from governance.models.shop_rating import ShopRating

__all__ = ["AgentScore", "ChangedFacts", "Decision", "Policy", "PolicyDraft", "ShopRating"]
