"""The keys and values of a policy in words, for whoever reads the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from governance.policy.catalogue import MEASURES, PointsMeasure
from governance.policy.differences import is_title
from governance.views.wording import measure_name
from shops.views.figures import ABSENT, count_in_words, decimal_in_words, rate_in_words, seconds_in_words

KEY_WORDS: Final[Mapping[str, Any]] = {
    "format": gettext_lazy("format of the document"),
    "name": gettext_lazy("short name"),
    "title": gettext_lazy("title"),
    "description": gettext_lazy("description"),
    "notice_days": gettext_lazy("notice before a change of the rules"),
    "clock": gettext_lazy("how waiting is measured"),
    "answer_window_hours": gettext_lazy("time in which an answer counts at all"),
    "target_seconds": gettext_lazy("on-time target"),
    "cap_seconds": gettext_lazy("most that a wait can cost"),
    "ignore_replies_under_seconds": gettext_lazy("replies sooner than this count as automatic"),
    "off_hours_answer_seconds": gettext_lazy("target for off-hours messages, after opening"),
    "resolution_hours": gettext_lazy("time without a new contact until one counts as resolved"),
    "default_timezone": gettext_lazy("time zone of shops without one"),
    "default_hours": gettext_lazy("opening hours of shops without their own"),
    "minimum_hours_per_week": gettext_lazy("fewest opening hours a week"),
    "courtesies": gettext_lazy("closing courtesies that ask for no answer"),
    "holding_phrases": gettext_lazy("phrases that answer nothing"),
    "repeated_reply": gettext_lazy("when a repeated reply is a brush-off"),
    "min_conversations": gettext_lazy("sent in so many conversations of a day"),
    "max_chars": gettext_lazy("shorter than so many characters"),
    "count_bot_served_as": gettext_lazy("turns that only a bot served"),
    "control_totals": gettext_lazy("control totals of the sender"),
    "future_tolerance_minutes": gettext_lazy("messages from further ahead are refused"),
    "timings_retention_days": gettext_lazy("how long messages are kept"),
    "text_retention_days": gettext_lazy("how long their text is kept"),
    "peaks": gettext_lazy("peak calendar"),
    "first_on": gettext_lazy("first day"),
    "last_on": gettext_lazy("last day"),
    "measures_window_days": gettext_lazy("days that judgements look back on"),
    "longer_window": gettext_lazy("longer window for quiet shops"),
    "below_turns": gettext_lazy("with fewer turns than"),
    "days": gettext_lazy("days"),
    "agents": gettext_lazy("how agents are scored"),
    "min_turns": gettext_lazy("fewest turns to be judged by"),
    "parts": gettext_lazy("parts of the score"),
    "key": gettext_lazy("key"),
    "weight": gettext_lazy("weight"),
    "items": gettext_lazy("measures"),
    "measure": gettext_lazy("measure"),
    "curve": gettext_lazy("curve from value to points"),
    "line": gettext_lazy("standard"),
    "target": gettext_lazy("target"),
    "min_sample": gettext_lazy("fewest cases to be measured by"),
    "consequences": gettext_lazy("consequences"),
    "kind": gettext_lazy("kind"),
    "when": gettext_lazy("condition"),
    "below_days": gettext_lazy("days below standard"),
    "within_days": gettext_lazy("within days"),
    "in_a_row": gettext_lazy("in a row"),
    "part": gettext_lazy("part of the score"),
    "after": gettext_lazy("after an earlier one"),
    "automatic": gettext_lazy("takes effect without a second person"),
    "lasts_days": gettext_lazy("how long it lasts"),
    "cooldown_days": gettext_lazy("days that do not count afterwards"),
    "shops": gettext_lazy("how shops are rated"),
    "new_shop_days": gettext_lazy("age below which a shop is new"),
    "prior_strength": gettext_lazy("cases of the peers' mean that every estimate starts from"),
    "dimensions": gettext_lazy("dimensions of the rating"),
    "small_sample": gettext_lazy("points of few cases"),
    "below_cases": gettext_lazy("with fewer cases than"),
    "bad_at_most": gettext_lazy("with at most so many failing cases"),
    "points": gettext_lazy("points"),
    "points_lost_per_bad": gettext_lazy("points lost for each failing case"),
    "few_turns": gettext_lazy("flat points of quiet shops"),
    "evaluation": gettext_lazy("days on which grades change"),
    "weekday": gettext_lazy("weekday"),
    "day_of_month": gettext_lazy("day of the month"),
    "rise": gettext_lazy("rise of a grade"),
    "fall": gettext_lazy("fall of a grade"),
    "margin_points": gettext_lazy("points beyond the line"),
    "after_days": gettext_lazy("days in a row"),
    "grades": gettext_lazy("grades"),
    "from_points": gettext_lazy("points it starts from"),
    "privileges": gettext_lazy("privileges"),
    "keyword_limit": gettext_lazy("keyword limit"),
    "blocked_buyer_limit": gettext_lazy("blocked buyer limit"),
    "may_join_campaigns": gettext_lazy("may join campaigns"),
    "search_weight": gettext_lazy("search weight"),
    "may_list": gettext_lazy("may list goods"),
    "provisional": gettext_lazy("shops without a grade"),
    "gates": gettext_lazy("gates"),
    "needs": gettext_lazy("needs"),
    "of": gettext_lazy("what it asks about"),
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "mean_of_days": gettext_lazy("mean of so many days"),
    "buyers_at_most": gettext_lazy("and affected buyers at most"),
    "or_buyers_at_most": gettext_lazy("or affected buyers at most"),
    "few_cases": gettext_lazy("a count for few cases"),
    "opens_after_days": gettext_lazy("days in a row until it opens"),
    "closes_after_days": gettext_lazy("days in a row until it closes"),
    "needs_proof": gettext_lazy("closing needs proof"),
    "while_open": gettext_lazy("at least while open"),
    "while_closed": gettext_lazy("at most while closed"),
    "brake": gettext_lazy("brake on days that would take much from many"),
    "max_share_losing": gettext_lazy("most shops that may lose something in a day"),
    "at_least_shops": gettext_lazy("losing shops that it takes at least"),
    "violations": gettext_lazy("violations"),
    "clauses": gettext_lazy("clauses"),
    "category": gettext_lazy("category of the DSA transparency database"),
    "gravities": gettext_lazy("gravities"),
    "ladder": gettext_lazy("class of points"),
    "penalties": gettext_lazy("penalties"),
    "limits": gettext_lazy("at most meanwhile"),
    "held": gettext_lazy("only after a second person has released it"),
    "suspended_by_appeal": gettext_lazy("rests while an appeal is open"),
    "compensation": gettext_lazy("compensation for the buyer"),
    "fine": gettext_lazy("fine"),
    "amount": gettext_lazy("amount"),
    "currency": gettext_lazy("currency"),
    "due_days": gettext_lazy("due within"),
    "first_offence": gettext_lazy("first offence"),
    "training_days": gettext_lazy("training within"),
    "exemptions": gettext_lazy("no violation where"),
    "ladders": gettext_lazy("ladders of points"),
    "period": gettext_lazy("how long points count"),
    "calendar": gettext_lazy("period after which they fall away together"),
    "rolling_days": gettext_lazy("each falls away after"),
    "never": gettext_lazy("they stay"),
    "carry_over": gettext_lazy("what the next period starts with"),
    "carried": gettext_lazy("points carried over"),
    "nodes": gettext_lazy("nodes"),
    "at": gettext_lazy("balance of points"),
    "repeat_every": gettext_lazy("again every so many points"),
    "crossed_at_once": gettext_lazy("of several nodes crossed at once"),
    "while_running": gettext_lazy("while an earlier penalty runs"),
    "needs_correction": gettext_lazy("lasts until things are put right"),
    "redress": gettext_lazy("complaints and appeals"),
    "complaints": gettext_lazy("complaints"),
    "evidence": gettext_lazy("evidence"),
    "priority": gettext_lazy("priority"),
    "decide_within_hours": gettext_lazy("decided within (desk hours)"),
    "desk_hours": gettext_lazy("hours of the desk"),
    "refuse_within_hours": gettext_lazy("accepted or refused within (desk hours)"),
    "shop_reply_hours": gettext_lazy("time for the shop to reply"),
    "buyer_reply_hours": gettext_lazy("time for the buyer to reply"),
    "file_within_days": gettext_lazy("time to complain, after what happened"),
    "lease_minutes": gettext_lazy("how long drawn work stays with a person"),
    "escalate_before_hours": gettext_lazy("goes up so long before the deadline (desk hours)"),
    "flood_per_day": gettext_lazy("complaints of a day before deadlines are staggered"),
    "review_share": gettext_lazy("share of dismissals that a second person reviews blind"),
    "max_files": gettext_lazy("files of each side"),
    "max_megabytes": gettext_lazy("megabytes of a file"),
    "max_megapixels": gettext_lazy("megapixels of a picture"),
    "evidence_kept_days": gettext_lazy("how long evidence is kept"),
    "appeals": gettext_lazy("rights to appeal"),
    "who": gettext_lazy("who"),
    "against": gettext_lazy("against"),
    "times": gettext_lazy("how often"),
    "decided_within_hours": gettext_lazy("appeal decided within (desk hours)"),
    "outside_routes": gettext_lazy("outside routes"),
    "not_expressed": gettext_lazy("rules that are not expressed"),
    "rule": gettext_lazy("rule"),
    "why": gettext_lazy("why"),
    "references": gettext_lazy("sources"),
}
"""By the last name of a key, which means the same in every section."""

VALUE_WORDS: Final[Mapping[str, Any]] = {
    "excluded": gettext_lazy("left out"),
    "ignored": gettext_lazy("ignored"),
    "where_given": gettext_lazy("checked where given"),
    "required": gettext_lazy("required"),
    "unanswered": gettext_lazy("counted as unanswered"),
    "monday": gettext_lazy("Monday"),
    "tuesday": gettext_lazy("Tuesday"),
    "wednesday": gettext_lazy("Wednesday"),
    "thursday": gettext_lazy("Thursday"),
    "friday": gettext_lazy("Friday"),
    "saturday": gettext_lazy("Saturday"),
    "sunday": gettext_lazy("Sunday"),
    "coaching_notice": gettext_lazy("coaching notice"),
    "training_required": gettext_lazy("training required"),
    "off_duty": gettext_lazy("off duty"),
    "points": gettext_lazy("Points"),
    "turns": gettext_lazy("Settled turns"),
    "age_days": gettext_lazy("Age of the shop in days"),
    "public_warning": gettext_lazy("public warning"),
    "restriction": gettext_lazy("restriction"),
    "closure": gettext_lazy("closure"),
    "year": gettext_lazy("calendar year"),
    "quarter": gettext_lazy("calendar quarter"),
    "month": gettext_lazy("calendar month"),
    "all": gettext_lazy("all bring their penalties"),
    "highest": gettext_lazy("only the highest brings its penalties"),
    "extend": gettext_lazy("a new one begins at its end"),
    "beside": gettext_lazy("a new one begins at once"),
    "interception": gettext_lazy("stopped message"),
    "no_answer": gettext_lazy("no answer"),
    "brush_off": gettext_lazy("brush-off"),
    "narrowing": gettext_lazy("narrowing after a case"),
    "attitude": gettext_lazy("attitude"),
    "redirection": gettext_lazy("redirection off the platform"),
    "goods": gettext_lazy("quality or illegal goods"),
    "other": gettext_lazy("other"),
    "shop": gettext_lazy("shop"),
    "agent": gettext_lazy("agent"),
    "buyer": gettext_lazy("buyer"),
    "violation": gettext_lazy("a violation"),
    "no_violation": gettext_lazy("that there was no violation"),
    "agent_consequence": gettext_lazy("a consequence for an agent"),
}

DAYS: Final = {"notice_days", "measures_window_days", "days", "new_shop_days", "after_days", "timings_retention_days",
               "text_retention_days", "below_days", "within_days", "lasts_days", "cooldown_days", "mean_of_days",
               "opens_after_days", "closes_after_days", "due_days", "training_days", "rolling_days", "file_within_days",
               "evidence_kept_days"}  # fmt: skip
HOURS: Final = {"answer_window_hours", "resolution_hours", "minimum_hours_per_week", "decide_within_hours",
                "refuse_within_hours", "shop_reply_hours", "buyer_reply_hours", "escalate_before_hours",
                "decided_within_hours"}  # fmt: skip
SHARES: Final = {"max_share_losing", "review_share"}
WITHOUT_WORDS: Final = {"key", "name", "clauses", "ladder", "references", "courtesies", "holding_phrases"}
"""Keys whose texts are what an author wrote, even where a text looks like a value with words."""


def key_in_words(key: str) -> str:
    """The label of a key such as `clock.target_seconds`; one without words of its own is shown as it is written."""
    name = key.rsplit(".", 1)[-1].removesuffix("[]")
    words = KEY_WORDS.get(name)
    return name.replace("_", " ") if words is None else str(words)


def in_language(title: Mapping[str, str]) -> str:
    """A text in every language, in the language of the reader."""
    return title["zh-hans"] if (get_language() or "en").lower().startswith("zh") else title["en"]


def value_in_words(key: str, value: Any, measure: str = "") -> str:
    """A value as a reader sees it, with its unit; `measure` is what a standard, target or bound is about."""
    name = key.rsplit(".", 1)[-1]
    match value:
        case None:
            words = ABSENT
        case bool():
            words = _("yes") if value else _("no")
        case int() | float():
            words = _number(name, value, measure)
        case list() | tuple():
            words = curve_in_words(value, measure) if name == "curve" else list_in_words(texts_of(value))
        case _ if is_title(value):
            words = in_language(value)
        case _ if name in {"measure", "of"} and value in MEASURES:
            words = measure_name(value)
        case _:
            words = str(value if name in WITHOUT_WORDS else VALUE_WORDS.get(value, value))
    return words or ABSENT


def texts_of(entries: Sequence[Any]) -> list[str]:
    """Entries of a list as texts; those in every language in that of the reader."""
    return [in_language(entry) if is_title(entry) else str(entry) for entry in entries]


def list_in_words(entries: Sequence[str]) -> str:
    """Entries with the list separator of the language."""
    return _(", ").join(entries)


def bound_in_words(value: float | None, measure: str) -> str:
    """A value of a measure: a percentage, a time, or a plain number where it is points or no measure."""
    known = MEASURES.get(measure)
    if value is None or known is None:
        return ABSENT if value is None else _plain(value)
    if isinstance(known, PointsMeasure):
        return _plain(value)
    return rate_in_words(value) if known.is_rate else seconds_in_words(value)


def curve_in_words(corners: Sequence[Sequence[float]], measure: str) -> str:
    """The corners of a curve: `40.0% → 0, 75.0% → 60`."""
    return list_in_words([f"{bound_in_words(value, measure)} → {_plain(points)}" for value, points in corners])


def days_in_words(days: int) -> str:
    """`7 days`."""
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": count_in_words(days)}


def _number(name: str, value: float, measure: str) -> str:
    if name.endswith(("_seconds", "_minutes")):
        words = seconds_in_words(value if name.endswith("_seconds") else 60 * value)
    elif name in HOURS:
        words = ngettext("%(count)s hour", "%(count)s hours", int(value)) % {"count": _plain(value)}
    elif name in DAYS:
        words = days_in_words(int(value))
    elif name in SHARES:
        words = rate_in_words(value)
    elif name in {"line", "target", "at_least", "at_most"}:
        words = bound_in_words(value, measure)
    else:
        words = _plain(value)
    return words


def _plain(value: float) -> str:
    if float(value).is_integer():
        return count_in_words(int(value))
    return decimal_in_words(value, 2 if round(value, 2) == value else 4)
