"""Complaints of the cast, by a policy whose desk works on Monday to Friday from 09:00 to 18:00 UTC.

Bo complains about the tea house on Monday 2026-05-04 at 10:00; Carol investigates, Dan is the second person.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

from complaints.actions.deciding import Verdict
from complaints.actions.desk import take_complaint
from complaints.actions.filing import NewComplaint, file_complaint
from complaints.actions.hearing import hear_shop
from complaints.models import Complaint
from governance.models import Policy
from governance.policy.reasons import Statement
from shops.models import Shop, User
from tests.builders import TEA, at, make_policy, make_shop, policy_document

FILED_AT = at("10:00")
WORDS = Statement("The log shows it.", "聊天记录可以证明。")


def make_redress_policy(starts_on: date = date(2020, 1, 1), **redress: Any) -> Policy:
    """The default preset, with other rules for complaints where they are named."""
    changed = deepcopy(policy_document().to_data()["redress"])
    changed |= {"desk_hours": "mon-fri 09:00-18:00", **redress}
    return make_policy(starts_on=starts_on, redress=changed)


def make_complaint(shop: Shop | None = None, *, filed_at: datetime = FILED_AT, **changes: Any) -> Complaint:
    """A complaint of Bo's that nobody answered; makes the policy and the tea house where there are none."""
    if not Policy.objects.exists():
        make_redress_policy()
    if shop is None:
        shop = Shop.objects.filter(code=TEA).first() or make_shop()
    values = {"kind": "no_answer", "text": "I asked three times.", "buyer_id": "bo"} | changes
    return file_complaint(NewComplaint(shop=shop, **values), at=filed_at)


def make_investigator(name: str = "carol") -> User:
    """Somebody of the platform's staff; the same one for the same name."""
    found = User.objects.filter(username=name).first()
    return found or User.objects.create_superuser(username=name)


def investigate(complaint: Complaint, by: User, when: datetime | None = None) -> Complaint:
    """The complaint, with the shop asked and silent, held by the investigator, an hour after it was filed."""
    when = when or complaint.filed_at + timedelta(hours=1)
    complaint = take_complaint(complaint.pk, by=by, at=when)
    complaint = hear_shop(complaint.pk, version=complaint.version, words="What happened?", by=by, at=when)
    # The sweep would do so when the shop's time is over.
    Complaint.objects.filter(pk=complaint.pk).update(state="investigating", due_left_seconds=None)
    return take_complaint(complaint.pk, by=by, at=when)


def a_violation(**changes: Any) -> Verdict:
    """A mild violation by silence, without a remedy."""
    values = {"facts": WORDS, "words": WORDS, "clause": "no_answer", "gravity": "mild"} | changes
    return Verdict(**values)


def no_violation(**changes: Any) -> Verdict:
    """Nothing was broken."""
    return Verdict(**({"facts": WORDS, "words": WORDS} | changes))
