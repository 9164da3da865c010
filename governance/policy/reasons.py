"""Statements of reasons in both languages: the clause, the facts with their figures, what follows, how to contest it.

Both languages stand side by side here and are kept with the decision, so that nobody's reasons change with a later
translation. Dates are ISO dates, rates are between 0 and 1. Nothing here names a buyer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from governance.policy.sections.base import Title
from governance.policy.sections.consequences import Consequence, ConsequenceKind

Ways = Literal["automatic", "released", "person"]
"""Who decides: automation alone, automation with a person who releases it, a person."""


class Statement(NamedTuple):
    """A text of any length in both languages."""

    en: str
    zh_hans: str


MEASURES: Final[Mapping[str, Statement]] = {
    "answer_rate": Statement(en="turns answered at all", zh_hans="获得回复的会话轮次"),
    "on_time_rate": Statement(en="turns answered on time", zh_hans="按时回复的会话轮次"),
    "effective_on_time_rate": Statement(en="turns really answered on time", zh_hans="按时有效回复的会话轮次"),
    "brush_off_rate": Statement(en="answered turns brushed off", zh_hans="被敷衍回复的已答会话轮次"),
    "off_hours_answer_rate": Statement(
        en="off-hours turns answered soon after opening", zh_hans="非服务时段留言在开始服务后及时回复的轮次"
    ),
    "resolved_rate": Statement(en="contacts resolved", zh_hans="已解决的咨询"),
    "satisfied_rate": Statement(en="ratings by satisfied buyers", zh_hans="买家的满意评价"),
}
"""What is counted by each rate that can have a line."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The rate that a decision rests on."""

    measure: str
    numerator: int
    denominator: int
    interval: tuple[float, float]
    line: float
    affected_buyers: int
    window_first_on: date
    window_last_on: date
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What a statement of reasons is made of."""

    code: str
    consequence: Consequence
    policy_title: Title
    policy_version: int
    way: Ways
    first_on: date
    last_on: date
    below_days: int = 0
    scored_days: int = 0
    figures: Figures | None = None
    after: tuple[str, date] | None = None
    """Reference and last day of the facts of the decision that this one follows."""
    replaces: str = ""
    """Reference of the decision that this one takes the place of; empty for none."""
    words: Statement | None = None
    """What the person who decided wrote; None for automation."""


def state_reasons(case: Case) -> Statement:
    """The whole statement in both languages, a paragraph a line."""
    return Statement(en="\n".join(_english(case)), zh_hans="\n".join(_chinese(case)))


def state_ending(code: str, *, is_fulfilled: bool, words: Statement) -> Statement:
    """The statement of a decision that ends an earlier one: the training was completed, or it is withdrawn."""
    if is_fulfilled:
        return Statement(
            en=f"The training that decision {code} required was completed. Nothing of it is open any more.\n{words.en}",
            zh_hans=f"决定 {code} 要求的培训已完成，不再有待办事项。\n{words.zh_hans}",
        )
    return Statement(
        en=f"Decision {code} is withdrawn: it has no effect any more, and no later decision builds on it.\n{words.en}",
        zh_hans=f"决定 {code} 已撤回：不再有任何效力，今后的决定也不以其为依据。\n{words.zh_hans}",
    )


def _english(case: Case) -> list[str]:
    clause, after = case.consequence, case.after
    named = f"Clause: {clause.title.en} ({clause.key}), version {case.policy_version} of the policy"
    told = [f"{named} “{case.policy_title.en}”."]
    if case.replaces:
        told.append(f"This decision takes the place of {case.replaces}.")
    if case.words is not None:
        told.append(f"Why: {case.words.en}")
    if case.below_days:
        told.append(
            f"What was found: on {case.below_days} of the {case.scored_days} days scored from {case.first_on} to "
            f"{case.last_on} the service was proven below standard."
        )
    if case.figures is not None:
        told.append(_figures_in_english(case.figures))
    if after is not None:
        told.append(
            f"It follows decision {after[0]}, whose facts ended on {after[1]}. "
            "No turn that was counted then is counted again."
        )
    told.append(_FOLLOWS[clause.kind].en.format(days=_days(clause.lasts_days)))
    told.append(_WAYS[case.way].en)
    told.append(
        "If figures look wrong to you, or there is something they cannot show, tell the platform's staff through your "
        f"shop's contact there and name {case.code}. A person will look at it again."
    )
    return told


def _figures_in_english(facts: Figures) -> str:
    k, n = facts.numerator, facts.denominator
    side, bound = ("below", "at least") if facts.higher_is_better else ("above", "at most")
    buyers = "1 buyer was" if facts.affected_buyers == 1 else f"{facts.affected_buyers} different buyers were"
    return (
        f"The figures from {facts.window_first_on} to {facts.window_last_on}: {k} of {n} {MEASURES[facts.measure].en} "
        f"({_percent(k / n)}); the standard is {bound} {_percent(facts.line)}. Allowing for chance, the rate lies "
        f"between {_percent(facts.interval[0])} and {_percent(facts.interval[1])} (95% interval), all of it {side} the "
        f"standard. {buyers} affected."
    )


def _chinese(case: Case) -> list[str]:
    clause, after = case.consequence, case.after
    version = f"规则“{case.policy_title.zh_hans}”第 {case.policy_version} 版"
    told = [f"依据条款：{clause.title.zh_hans}（{clause.key}），{version}。"]
    if case.replaces:
        told.append(f"本决定取代决定 {case.replaces}。")
    if case.words is not None:
        told.append(f"原因：{case.words.zh_hans}")
    if case.below_days:
        told.append(
            f"查明事实：{case.first_on} 至 {case.last_on} 期间有评分的 {case.scored_days} 天中，"
            f"有 {case.below_days} 天服务确证低于标准。"
        )
    if case.figures is not None:
        told.append(_figures_in_chinese(case.figures))
    if after is not None:
        told.append(f"此前已有决定 {after[0]}（事实截至 {after[1]}），当时计入的会话轮次不再重复计入。")
    told.append(_FOLLOWS[clause.kind].zh_hans.format(days=clause.lasts_days))
    told.append(_WAYS[case.way].zh_hans)
    told.append(
        f"如认为数据有误，或另有数据无法体现的情况，请通过店铺的平台联系人向平台工作人员说明，并注明编号 {case.code}，"
        "将由专人重新查看。"
    )
    return told


def _figures_in_chinese(facts: Figures) -> str:
    k, n = facts.numerator, facts.denominator
    side, bound = ("低于", "不低于") if facts.higher_is_better else ("高于", "不高于")
    return (
        f"{facts.window_first_on} 至 {facts.window_last_on} 的数据：{MEASURES[facts.measure].zh_hans} {k}/{n}"
        f"（{_percent(k / n)}），标准为{bound} {_percent(facts.line)}。考虑偶然因素，该比率介于 "
        f"{_percent(facts.interval[0])} 与 {_percent(facts.interval[1])} 之间（95% 置信区间），整体{side}标准。"
        f"受影响的买家共 {facts.affected_buyers} 位。"
    )


_FOLLOWS: Final[Mapping[ConsequenceKind, Statement]] = {
    "coaching_notice": Statement(
        en="What follows: this is advice and takes nothing away. Please go through the turns below with whoever leads "
        "your team; what helps most is usually a quick real answer, or handing over in time. It is shown as current "
        "for {days}.",
        zh_hans="后续：这是一次提醒，不减少任何权益。请与团队负责人一起查看下列会话；及时给出实质回复或尽早转接，"
        "通常最有帮助。本提醒在 {days} 天内显示为当前有效。",
    ),
    "training_required": Statement(
        en="What follows: please take the platform's service training within {days} of the day this takes effect. You "
        "go on serving buyers meanwhile.",
        zh_hans="后续：请在本决定生效之日起 {days} 天内完成平台的客服培训，期间可照常接待买家。",
    ),
    "off_duty": Statement(
        en="What follows: no buyers are routed to you for {days} from the moment this takes effect; after that you "
        "serve again without any request. Your shop and your colleagues are not affected.",
        zh_hans="后续：自本决定生效起 {days} 天内不再为您分配买家，期满自动恢复，无需申请。店铺和其他同事不受影响。",
    ),
}
_WAYS: Final[Mapping[Ways, Statement]] = {
    "automatic": Statement(
        en="The figures were found and this decision was taken automatically, by the published rules.",
        zh_hans="数据由系统发现，本决定由系统依公布的规则自动作出。",
    ),
    "released": Statement(
        en="The figures were found automatically. The decision had no effect before a person looked at it and "
        "released it.",
        zh_hans="数据由系统发现；经工作人员审核放行后，本决定方才生效。",
    ),
    "person": Statement(en="A person decided this.", zh_hans="本决定由工作人员作出。"),
}


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f}%"
