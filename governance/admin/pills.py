"""Coloured words in lists."""

from __future__ import annotations

from django.utils.safestring import SafeString

from governance.policy.schema import PolicyDocument
from governance.views.wording import STANDING_NAMES, STANDING_TONES, GradeInWords, grade_in_words
from shops.admin.pills import pill
from shops.views.figures import ABSENT


def grade_pill(key: str, document: PolicyDocument | None) -> SafeString | str:
    """A grade in the colour that the policy gives it; without a policy, in none."""
    if not key:
        return ABSENT
    grade = GradeInWords(key, key, "none") if document is None else grade_in_words(key, document)
    return pill(grade.badge, grade.tone)


def standing_pill(standing: str) -> SafeString:
    """A standing in its colour."""
    return pill(STANDING_NAMES.get(standing, standing), STANDING_TONES.get(standing, "none"))
