"""What a shop is told when its privileges change: from what to what, since when and why, in both languages."""

from __future__ import annotations

from datetime import date, datetime

from governance.formulas import grades
from governance.policy.schema import GradePrivileges, Title
from shops.models import Notice

NAMES = {
    "keyword_limit": Title(en="keyword rules", zh_hans="关键词规则数量上限"),
    "blocked_buyer_limit": Title(en="blocked buyers", zh_hans="屏蔽买家数量上限"),
    "may_join_campaigns": Title(en="joining campaigns", zh_hans="参加活动"),
    "search_weight": Title(en="weight in search", zh_hans="搜索权重"),
    "may_list": Title(en="listing goods", zh_hans="发布商品"),
}
PENALTY = "penalty"
"""The reason of a change that the grade did not bring."""
REASONS = {
    grades.FIRST_GRADE: Title(
        en="This is the shop's first grade, given by its points.", zh_hans="这是店铺的首个等级，按得分评定。"
    ),
    grades.FIRST_GRADE_NOT_PROVEN: Title(
        en="This is the shop's first grade. Its points ask for a lower one, but nothing is proven to be below "
        "standard.",
        zh_hans="这是店铺的首个等级。得分本应对应更低的等级，但没有任何一项被证明低于标准。",
    ),
    grades.RISEN: Title(
        en="The grade rose: the points asked for it for as many days in a row as the policy says.",
        zh_hans="等级上升：得分已连续达到政策规定的天数。",
    ),
    grades.FALLEN: Title(
        en="The grade fell: the points stayed below the former grade for as many days in a row as the policy says, and "
        "at least one measure is proven to be below standard.",
        zh_hans="等级下降：得分已连续低于原等级达到政策规定的天数，且至少有一项被证明低于标准。",
    ),
}
SAME_GRADE = Title(
    en="The grade is the same; what comes with it has changed, by a new version of the policy or by one of its gates.",
    zh_hans="等级不变；随等级授予的权限因政策新版本或政策中的门槛而变化。",
)
BY_PENALTY = Title(
    en="A penalty began, was paused or ended; the page of your penalties shows each of them and why.",
    zh_hans="有处罚开始、暂停或结束；处罚页面列明每一项及其原因。",
)
OTHER_GRADE = Title(
    en="The grade follows from the policy in force and the shop's figures; the scorecard shows them.",
    zh_hans="等级依据现行政策和店铺数据评定，详见评分卡。",
)
NEITHER = Title(en="Your privileges stay as they were.", zh_hans="您的权限保持不变。")


def notice_of(
    shop_id: int,
    *,
    on: date,
    previous_grade: str,
    grade: str,
    before: GradePrivileges,
    after: GradePrivileges,
    reason: str,
    policy_version: int,
    reference: str,
    now: datetime,
) -> Notice:
    """The notice, not stored yet."""
    title = _title(previous_grade, grade)
    taken, granted = after.smaller_than(before), before.smaller_than(after)
    why = REASONS.get(reason, OTHER_GRADE) if previous_grade != grade else SAME_GRADE
    if reason == PENALTY:
        why = BY_PENALTY
    texts = {}
    for language in ("en", "zh-hans"):
        is_zh = language != "en"
        lines = [
            f"自 {on} 起生效，依据政策第 {policy_version} 版。"
            if is_zh
            else f"Since {on}, by policy version {policy_version}."
        ]
        for head, names in (
            (("减少：" if is_zh else "Taken away: "), taken),
            (("增加：" if is_zh else "Granted: "), granted),
        ):
            if names:
                each = [_step(name, before, after, language) for name in names]
                lines.append(head + ("；" if is_zh else "; ").join(each) + ("。" if is_zh else "."))
        if not taken and not granted:
            lines.append(NEITHER.in_language(language))
        lines.append(("原因：" if is_zh else "Why: ") + why.in_language(language))
        texts[language] = "\n".join(lines)
    return Notice(
        shop_id=shop_id,
        kind=Notice.Kind.PRIVILEGES,
        reference=reference,
        title_en=title.en,
        title_zh_hans=title.zh_hans,
        text_en=texts["en"],
        text_zh_hans=texts["zh-hans"],
        created_at=now,
    )


def _title(previous: str, grade: str) -> Title:
    if previous == grade:
        return Title(en="Your privileges have changed", zh_hans="您的权限有变化")
    old, new = _grade(previous), _grade(grade)
    return Title(
        en=f"Your grade went from {old.en} to {new.en}", zh_hans=f"您的等级由 {old.zh_hans} 变为 {new.zh_hans}"
    )


def _grade(key: str) -> Title:
    return (
        Title(en="provisional", zh_hans="暂定")
        if key == grades.PROVISIONAL
        else Title(en=key or "–", zh_hans=key or "–")
    )


def _step(name: str, before: GradePrivileges, after: GradePrivileges, language: str) -> str:
    old, new = (_value(getattr(row, name), language) for row in (before, after))
    return f"{NAMES[name].in_language(language)} {old} → {new}"


def _value(value: float | bool, language: str) -> str:
    if isinstance(value, bool):
        return {True: ("yes", "可以"), False: ("no", "不可以")}[value][language != "en"]
    return f"{value:.2f}" if isinstance(value, float) else str(value)
