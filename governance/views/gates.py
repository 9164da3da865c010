"""Gates in words: what they ask for, how they stand for a shop, and by which figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.formulas import gates
from governance.policy.schema import PolicyDocument
from governance.policy.sections.gates import Gate, Need
from governance.views.policy_words import bound_in_words, days_in_words, key_in_words, list_in_words, value_in_words
from shops.views.figures import ABSENT, count_in_words

REASONS: Mapping[str, Any] = {
    gates.MET: gettext_lazy("Every condition is met."),
    gates.MISSED: gettext_lazy("A condition is not met."),
    gates.UNKNOWN: gettext_lazy("There is not enough to tell by; nothing changes."),
    gates.OPENING: gettext_lazy("Every condition is met since %(since)s; it opens after %(opens)s in a row."),
    gates.CLOSING: gettext_lazy("A condition is not met since %(since)s; it closes after %(closes)s in a row."),
    gates.NOT_PROVEN: gettext_lazy("A condition is not met, but nothing is proven, so nothing is taken away."),
    gates.BETWEEN_EVALUATIONS: gettext_lazy("It would change, and waits for the next day on which grades change."),
}


@dataclass(frozen=True, slots=True)
class NeedInWords:
    """One condition. `is_met` is None where there was nothing to tell it by, or where no shop is spoken of."""

    wanted: str
    found: str = ""
    is_met: bool | None = None


@dataclass(frozen=True, slots=True)
class GateInWords:
    """One gate: of the rules alone, or as it stands for a shop."""

    title: str
    needs: list[NeedInWords]
    grants: str
    takes: str
    waits: str
    proof: str
    is_open: bool | None = None
    since_on: date | None = None
    reason: str = ""


def gates_of_rules(document: PolicyDocument) -> list[GateInWords]:
    """The gates of a policy, as anybody may read them."""
    return [_gate(gate, [NeedInWords(need_in_words(need)) for need in gate.needs]) for gate in document.gates]


def gates_of_rating(states: Sequence[Mapping[str, Any]], document: PolicyDocument) -> list[GateInWords]:
    """The stored gates of a shop's rating (GateState.to_data), by the policy that it was judged by."""
    known = {state["key"]: state for state in states}
    return [_gate_of_shop(gate, known[gate.key]) for gate in document.gates if gate.key in known]


def need_in_words(need: Need) -> str:
    """A condition: `Answered at all: at least 99.5%, and at most 3 affected buyers`."""
    told = []
    if need.at_least is not None:
        told.append(_("at least %(bound)s") % {"bound": bound_in_words(need.at_least, need.of)})
    if need.at_most is not None:
        told.append(_("at most %(bound)s") % {"bound": bound_in_words(need.at_most, need.of)})
    if need.mean_of_days > 1:
        told.append(_("as the mean of %(days)s") % {"days": days_in_words(need.mean_of_days)})
    if need.buyers_at_most is not None:
        told.append(_("and at most %(count)s affected buyers") % {"count": need.buyers_at_most})
    if need.or_buyers_at_most is not None:
        told.append(_("or at most %(count)s affected buyers") % {"count": need.or_buyers_at_most})
    if need.few_cases is not None:
        told.append(
            _("with fewer than %(below)s cases at most %(bad)s failing ones")
            % {"below": need.few_cases.below_cases, "bad": need.few_cases.bad_at_most}
        )
    return _("%(what)s: %(value)s") % {"what": value_in_words("of", need.of), "value": list_in_words(told)}


def _gate(gate: Gate, needs: list[NeedInWords], **state: Any) -> GateInWords:
    proof = (
        _("It closes only on proof, as a grade falls.")
        if gate.needs_proof
        else _("The published rule is plain: the figures decide, without proof.")
    )
    waits = _("Opens and closes from one day to the next.")
    if gate.opens_after_days > 1 or gate.closes_after_days > 1:
        waits = _("Opens after %(opens)s in a row, closes after %(closes)s in a row.") % {
            "opens": days_in_words(gate.opens_after_days),
            "closes": days_in_words(gate.closes_after_days),
        }
    return GateInWords(
        title=gate.title.in_language(get_language() or "en"),
        needs=needs,
        grants=_privileges(gate.while_open.named()),
        takes=_privileges(gate.while_closed.named()),
        waits=waits,
        proof=proof,
        **state,
    )


def _gate_of_shop(gate: Gate, state: Mapping[str, Any]) -> GateInWords:
    needs = [
        NeedInWords(need_in_words(need), _found(line), line["is_met"])
        for need, line in zip(gate.needs, state["needs"], strict=False)
    ]
    waiting = state["waiting_since_on"]
    told = {
        "since": date_format(date.fromisoformat(waiting), "Y-m-d") if waiting else "",
        "opens": days_in_words(gate.opens_after_days),
        "closes": days_in_words(gate.closes_after_days),
    }
    reason = str(REASONS.get(state["reason"], state["reason"])) % told
    return _gate(gate, needs, is_open=state["is_open"], since_on=date.fromisoformat(state["since_on"]), reason=reason)


def _found(line: Mapping[str, Any]) -> str:
    if line["value"] is None:
        return ABSENT
    value = bound_in_words(line["value"], line["of"])
    if line["numerator"] is None or line["denominator"] is None:
        return value
    return _("%(value)s (%(numerator)s of %(denominator)s, %(buyers)s buyers affected)") % {
        "value": value,
        "numerator": count_in_words(line["numerator"]),
        "denominator": count_in_words(line["denominator"]),
        "buyers": count_in_words(line["affected_buyers"] or 0),
    }


def _privileges(named: Mapping[str, Any]) -> str:
    return list_in_words(
        [
            _("%(what)s: %(value)s") % {"what": key_in_words(name), "value": value_in_words(name, value)}
            for name, value in named.items()
        ]
    )
