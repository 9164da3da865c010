"""Appeals filed and withdrawn by the parties. Who may: `appeal_rights`; answering them: `answer_appeal`."""

from __future__ import annotations

from datetime import datetime

from governance.actions.answer_appeal import decide_appeal, draw_appeal, return_appeal
from governance.actions.appeal_rights import AppealError, AppealStanding, appeal_right
from governance.models import Appeal, Decision
from shops.models import Agent, User

__all__ = [
    "AppealError",
    "AppealStanding",
    "appeal_right",
    "decide_appeal",
    "draw_appeal",
    "file_appeal",
    "return_appeal",
    "withdraw_appeal",
]


def file_appeal(
    decision: Decision,
    *,
    who: str,
    text: str,
    at: datetime,
    by: User | None = None,
    agent: Agent | None = None,
    buyer_id: str = "",
    complaint: str = "",
) -> Appeal:
    """File an appeal of a party ("shop", "agent", "buyer") and suspend what the policy lets it suspend.

    A buyer's names the complaint (its reference) and the buyer; whether that complaint was decided by the decision is
    for the caller to know. Raises AppealError where there is no right, the time is over, or the text is empty.
    """
    raise AppealError("Appeals cannot be filed yet.")


def withdraw_appeal(appeal_id: int, *, at: datetime, by: User | None = None) -> Appeal:
    """Take an open appeal back; what it suspended applies again. Raises AppealError where it was answered."""
    raise AppealError("Appeals cannot be withdrawn yet.")
