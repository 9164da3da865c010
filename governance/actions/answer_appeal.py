"""Answering appeals: drawn with a lease by another person than decided, accepted or rejected once, with reasons."""

from __future__ import annotations

from datetime import datetime

from governance.actions.appeal_rights import AppealError
from governance.models import Appeal
from governance.policy.reasons import Statement
from shops.models import User


def draw_appeal(appeal_id: int | None, *, by: User, at: datetime) -> Appeal | None:
    """Give `by` an appeal for as long as the policy's lease: the one named, or (None) the one that is due first.

    None where nothing is free for this person. Raises AppealError where the named one cannot be theirs: it was
    answered, somebody else is at it, or `by` took or released the decision.
    """
    raise AppealError("Appeals cannot be drawn yet.")


def return_appeal(appeal_id: int, *, by: User, at: datetime) -> Appeal:
    """Put an appeal back into the queue. Raises AppealError where `by` does not have it."""
    raise AppealError("Appeals cannot be returned yet.")


def decide_appeal(
    appeal_id: int, *, accept: bool, answer: Statement, private_note: str = "", by: User, at: datetime
) -> Appeal:
    """Answer an appeal, once. Accepted, the decision is withdrawn with everything that followed from it.

    Raises AppealError where it was answered, somebody else is at it, `by` took or released the decision, or the answer
    is missing in a language.
    """
    raise AppealError("Appeals cannot be answered yet.")
