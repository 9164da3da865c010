"""The tables of judgements, a file a noun."""

from governance.models.agent_score import AgentScore
from governance.models.appeal import Appeal
from governance.models.decision import ChangedFacts, Decision
from governance.models.finding import Finding
from governance.models.obligation import Obligation
from governance.models.penalty import Penalty
from governance.models.points import PointEntry
from governance.models.policy import Policy
from governance.models.policy_draft import PolicyDraft
from governance.models.rating_correction import RatingCorrection
from governance.models.remedy import Remedy
from governance.models.shop_rating import ShopRating

__all__ = [
    "AgentScore",
    "Appeal",
    "ChangedFacts",
    "Decision",
    "Finding",
    "Obligation",
    "Penalty",
    "PointEntry",
    "Policy",
    "PolicyDraft",
    "RatingCorrection",
    "Remedy",
    "ShopRating",
]
