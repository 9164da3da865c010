"""A violation of the tea house that Carol decided, for the screens of what follows from it."""

from __future__ import annotations

from governance.actions.decide_violation import RemedyOrder, Ruling, decide_violation
from governance.models import Decision
from governance.policy.reasons import Statement
from shops.models import Shop, User
from tests.builders import at, on

WORDS = Statement("The log shows it.", "聊天记录可以证明。")


def violate(shop: Shop, by: User, *, gravity: str = "mild") -> Decision:
    """The decision, taken on the Monday at eleven; a severe one is held."""
    order = RemedyOrder(kind="answer", complaint="C-1", buyer_id="bo", due_at=at("11:00", 3))
    ruling = Ruling(facts=WORDS, words=WORDS, matter="C-1", remedies=(order,))
    return decide_violation(
        shop, clause="no_answer", gravity=gravity, occurred_on=on(0), ruling=ruling, by=by, at=at("11:00")
    )
