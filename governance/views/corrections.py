"""That a published rating was corrected, in words: a decision that it counted was taken back."""

from __future__ import annotations

from dataclasses import dataclass

from governance.models import RatingCorrection, ShopRating
from governance.views.wording import GradeInWords, grade_in_words
from shops.views.figures import points_in_words


@dataclass(frozen=True, slots=True)
class CorrectionInWords:
    """What the rating says now, beside what was published."""

    decision: str
    """Reference of the decision by which another one was taken back."""
    points: str
    published_points: str
    grade: GradeInWords
    published_grade: GradeInWords


def correction_of(rating: ShopRating) -> CorrectionInWords | None:
    """The newest correction of a rating; None for one that stands as published. One query."""
    newest = RatingCorrection.objects.filter(rating=rating).select_related("decision").order_by("-pk").first()
    if newest is None:
        return None
    document = rating.policy.rules()
    return CorrectionInWords(
        decision=newest.decision.code,
        points=points_in_words(newest.points),
        published_points=points_in_words(rating.points),
        grade=grade_in_words(newest.grade, document),
        published_grade=grade_in_words(rating.grade, document),
    )
