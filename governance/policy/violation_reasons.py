"""Statements of reasons for decisions about shops, in both languages, kept with the decision as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from governance.policy.reasons import Statement
from governance.policy.schema import PolicyDocument
from governance.policy.sections.base import Title
from governance.policy.sections.violations import Clause, Gravity, PenaltyRule

AUTOMATION = Title(
    en="A person decided this; automation only helped to find the facts.",
    zh_hans="本决定由工作人员作出，自动化手段仅用于协助查明事实。",
)
BY_PERSON = Title(en="A person decided this, without automation.", zh_hans="本决定由工作人员作出，未使用自动化手段。")
PARTIES = {
    "shop": Title(en="the shop", zh_hans="店铺"),
    "agent": Title(en="the agent concerned", zh_hans="相关客服人员"),
    "buyer": Title(en="the complainant", zh_hans="投诉人"),
}


@dataclass(frozen=True, slots=True)
class ShopCase:
    """What the statement of a decision about a shop is made of."""

    code: str
    document: PolicyDocument
    policy_version: int
    occurred_on: date
    facts: Statement
    words: Statement
    automated_detection: bool
    clause: Clause | None = None
    gravity: Gravity | None = None
    points: int = 0
    is_first_offence: bool = False
    training_days: int | None = None
    balance_after: int = 0
    penalties: tuple[PenaltyRule, ...] = ()
    replaces: str = ""
    names_agent: bool = False


def state_violation(case: ShopCase) -> Statement:
    """The whole statement of a violation, or of none where the case names no gravity; a paragraph a line."""
    return Statement(en="\n".join(_lines(case, "en")), zh_hans="\n".join(_lines(case, "zh-hans")))


def _lines(case: ShopCase, language: str) -> Iterator[str]:
    is_zh, document = language != "en", case.document
    title, version = document.title.in_language(language), case.policy_version
    if case.clause is not None:
        named = case.clause.title.in_language(language)
        rule = case.clause.rule.in_language(language)
        yield (
            f"依据条款：{named}（{case.clause.key}），规则“{title}”第 {version} 版：{rule}"
            if is_zh
            else f"Clause: {named} ({case.clause.key}), version {version} of the policy “{title}”: {rule}"
        )
    if case.replaces:
        yield f"本决定取代决定 {case.replaces}。" if is_zh else f"This decision takes the place of {case.replaces}."
    facts, words = (case.facts.zh_hans, case.words.zh_hans) if is_zh else (case.facts.en, case.words.en)
    yield f"查明事实（{case.occurred_on}）：{facts}" if is_zh else f"What was found ({case.occurred_on}): {facts}"
    yield f"理由：{words}" if is_zh else f"Why: {words}"
    if case.gravity is None:
        yield "未认定违规。" if is_zh else "No violation was found."
        yield document.redress.outside_routes.in_language(language)
    else:
        yield from _consequences(case, case.gravity, language)
    yield (AUTOMATION if case.automated_detection else BY_PERSON).in_language(language)
    yield from _redress(case, language)


def _consequences(case: ShopCase, gravity: Gravity, language: str) -> Iterator[str]:
    is_zh = language != "en"
    name = gravity.title.in_language(language)
    rules = case.document.ladder(gravity.ladder)
    ladder = rules.title.in_language(language) if rules is not None else gravity.ladder
    if case.training_days is not None:
        yield (
            f"程度：{name}。首次违规：须在 {case.training_days} 天内完成培训，否则计 {gravity.points} 分（{ladder}）。"
            if is_zh
            else f"Gravity: {name}. As a first offence it brings training within {case.training_days} days; without "
            f"it {gravity.points} points ({ladder}) fall due."
        )
    else:
        first = ""
        if case.is_first_offence and case.points < gravity.points:
            first = "（首次违规从轻）" if is_zh else " (reduced as a first offence)"
        yield (
            f"程度：{name}。计 {case.points} 分（{ladder}）{first}，累计 {case.balance_after} 分。"
            if is_zh
            else f"Gravity: {name}. It brings {case.points} points ({ladder}){first}, which makes "
            f"{case.balance_after} in force."
        )
    for rule in case.penalties:
        said = rule.title.in_language(language)
        if rule.days is None:
            yield f"处罚：{said}。" if is_zh else f"Penalty: {said}."
        else:
            yield f"处罚：{said}，{rule.days} 天。" if is_zh else f"Penalty: {said}, for {rule.days} days."
    if gravity.fine is not None:
        fine = f"{gravity.fine.amount:.2f} {gravity.fine.currency}"
        yield f"罚款：{fine}。" if is_zh else f"Fine: {fine}."


def _redress(case: ShopCase, language: str) -> Iterator[str]:
    """Who may appeal, within how long: free of charge, decided by another person."""
    is_zh = language != "en"
    group = "violation" if case.gravity is not None else "no_violation"
    rights = [
        right
        for right in case.document.redress.appeals
        if right.against == group and (right.who != "agent" or case.names_agent)
    ]
    for right in rights:
        party = PARTIES[right.who].in_language(language)
        yield (
            f"申诉：{party}可在决定生效后 {right.within_days} 天内免费申诉，由另一名工作人员处理，请注明 {case.code}。"
            if is_zh
            else f"Appeal: {party} may appeal free of charge within {right.within_days} days after it takes effect; "
            f"another person decides. Name {case.code}."
        )
