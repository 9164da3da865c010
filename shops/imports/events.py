"""What happened between buyers and shops outside the chat: feedback and after-sales cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from shops.actions.protections import write_case_protections
from shops.chat.columns import Column, Sort
from shops.imports.facts import KnownAgents, KnownShops, Written, upsert
from shops.imports.rows import Row, RowError
from shops.models import AfterSalesCase, Escalation, Feedback


class FeedbackFacts:
    """Upserts buyers' stars by shop, conversation, buyer and instant."""

    columns = (
        Column("conversation_id", Sort.CODE, is_required=True),
        Column("shop_id", Sort.CODE, is_required=True),
        Column("buyer_id", Sort.CODE, is_required=True),
        Column("agent_id", Sort.CODE),
        Column("rated_at", Sort.INSTANT, is_required=True),
        Column("stars", Sort.NUMBER, is_required=True),
    )
    key = ("shop_id", "conversation_id", "buyer_id", "rated_at")

    def __init__(self, now: datetime, future_tolerance: timedelta) -> None:
        self._now, self._tolerance = now, future_tolerance
        self._shops = KnownShops()
        self._agents = KnownAgents()

    def read(self, row: Row) -> Feedback:
        """The feedback of a record; the agent may be left out."""
        shop_id = self._shops.id_of(row.code("shop_id"))
        agent = row.text("agent_id", 128)
        return Feedback(
            shop_id=shop_id,
            agent_id=self._agents.id_of(shop_id, agent) if agent else None,
            conversation_id=row.code("conversation_id"),
            buyer_id=row.code("buyer_id"),
            rated_at=row.past_instant("rated_at", self._now, self._tolerance),
            stars=row.whole("stars", 1, 5),
        )

    def write(self, facts: Sequence[Feedback]) -> Written:
        """Write the feedback."""
        stored = Feedback.objects.filter(conversation_id__in={fact.conversation_id for fact in facts})
        return upsert(stored, facts, self.key, ["agent_id", "stars"])


class Cases:
    """Upserts after-sales cases by their code; each escalates, and protects its buyer while it is open."""

    columns = (
        Column("case_id", Sort.CODE, is_required=True),
        Column("shop_id", Sort.CODE, is_required=True),
        Column("buyer_id", Sort.CODE, is_required=True),
        Column("kind", is_required=True),
        Column("opened_at", Sort.INSTANT, is_required=True),
        Column("closed_at", Sort.INSTANT),
    )

    def __init__(self, now: datetime, future_tolerance: timedelta) -> None:
        self._now, self._tolerance = now, future_tolerance
        self._fields: list[str] = []
        self._shops = KnownShops()

    def read(self, row: Row) -> AfterSalesCase:
        """The case of a record; without closed_at it is still open."""
        self._fields = ["shop_id", "buyer_id", "kind", "opened_at"]
        self._fields += ["closed_at"] if row.has_column("closed_at") else []
        opened_at = row.past_instant("opened_at", self._now, self._tolerance)
        closed_at = row.optional_instant("closed_at")
        if closed_at is not None:
            row.past_instant("closed_at", self._now, self._tolerance)
            if closed_at < opened_at:
                raise RowError(_("closed_at lies before opened_at; correct one of them"))
        return AfterSalesCase(
            code=row.code("case_id"),
            shop_id=self._shops.id_of(row.code("shop_id")),
            buyer_id=row.code("buyer_id"),
            kind=row.required_text("kind", 50),
            opened_at=opened_at,
            closed_at=closed_at,
        )

    def write(self, facts: Sequence[AfterSalesCase]) -> Written:
        """Write the cases, their escalations and the protection of their buyers."""
        codes = {case.code for case in facts}
        written = upsert(AfterSalesCase.objects.filter(code__in=codes), facts, ["code"], self._fields)
        escalations = [
            Escalation(
                shop_id=case.shop_id,
                buyer_id=case.buyer_id,
                source=Escalation.Source.CASE,
                reference=case.code,
                escalated_at=case.opened_at,
            )
            for case in facts
        ]
        stored = Escalation.objects.filter(source=Escalation.Source.CASE, reference__in=codes)
        upsert(stored, escalations, ["source", "reference"], ["shop_id", "buyer_id", "escalated_at"])
        write_case_protections(facts, knows_closing="closed_at" in self._fields)
        return written
