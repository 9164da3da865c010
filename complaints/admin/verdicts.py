"""From the form of a decision to the verdict that the actions take."""

from __future__ import annotations

from complaints.actions.deciding import Verdict
from complaints.admin.step_forms import VerdictForm
from complaints.models import Complaint
from governance.admin.violation_forms import Choices, ruling_choices
from governance.models import Remedy
from governance.policy.schema import PolicyDocument


def verdict_of(form: VerdictForm) -> Verdict:
    """What the form says."""
    data, (clause, gravity) = form.cleaned_data, form.clause_and_gravity()
    is_owed = data["remedy_kind"] != Remedy.Kind.NONE
    return Verdict(
        clause=clause,
        gravity=gravity,
        facts=form.facts(),
        words=form.words(),
        private_note=data["private_note"],
        remedy_kind=data["remedy_kind"],
        remedy_due_at=data["remedy_due_at"] if is_owed else None,
        evidence_ids=form.evidence_ids(),
    )


def ruling_choices_of(document: PolicyDocument | None, complaint: Complaint) -> Choices:
    """What may be chosen, the clauses that such complaints are usually about first."""
    usual = document.redress.complaint_rules(complaint.kind).clauses if document is not None else ()
    return ruling_choices(document, first=usual)
