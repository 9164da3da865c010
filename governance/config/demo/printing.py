"""Prints what came of the demo. Lines are short and wrap, so that narrow terminals and pipes can read them too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from governance.config.demo.accounts import PASSWORD, Login
from governance.config.demo.plan import Plan
from governance.config.demo.storing import Told
from governance.config.demo.summary import STATES, Change, Found, PoorAgent, Proof, Rate, Summary
from governance.views.wording import measure_name
from shops.models import ShopDay
from shops.views.figures import points_in_words, rate_in_words
from shops.views.privileges import privilege_names

SHOWN_CHANGES = 6
SHOWN_AGENTS = 6
BAR_CELLS = 30

CHARACTER_NAMES = {
    "excellent": gettext_lazy("excellent"),
    "declining": gettext_lazy("getting worse"),
    "improving": gettext_lazy("getting better"),
    "brush_off": gettext_lazy("brushes buyers off"),
    "understaffed": gettext_lazy("understaffed"),
    "steady": gettext_lazy("steady"),
    "slow_at_night": gettext_lazy("slow at night"),
    "overwhelmed": gettext_lazy("overwhelmed at peaks"),
    "narrowing": gettext_lazy("ignores buyers with a case"),
    "gatekeeper": gettext_lazy("stops many messages by rules"),
    "bot_with_handoff": gettext_lazy("bot that hands over"),
    "bot_wall": gettext_lazy("bot that never hands over"),
    "copy_paste": gettext_lazy("answers everybody with one text"),
    "brand_new": gettext_lazy("brand new"),
    "tiny": gettext_lazy("tiny"),
    "part_time": gettext_lazy("part time"),
    "far_away": gettext_lazy("in another time zone"),
}


STEP_NAMES = {
    "messages": gettext_lazy("Messages"),
    "settle": gettext_lazy("Turns and measures"),
    "rate": gettext_lazy("Scores and ratings"),
}


@dataclass(frozen=True)
class StepTime:
    """How long one step of the demo took."""

    name: str
    seconds: float


class Printer:
    """Writes the summary to one console, part by part."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def everything(
        self,
        plan: Plan,
        *,
        told: Told,
        summary: Summary,
        steps: Sequence[StepTime],
        logins: Sequence[Login],
        url: str,
    ) -> None:
        """Print all of it, the logins last, where they are still in sight."""
        self._totals(plan, told, summary)
        self._grades(summary)
        self._found(summary.found)
        self._lost(summary.lost)
        self._gained(summary.gained)
        self._poor_agents(summary.poor_agents)
        self._times(steps)
        self._logins(logins, url)

    def _heading(self, text: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{escape(text)}", align="left", style="dim")

    def _totals(self, plan: Plan, told: Told, summary: Summary) -> None:
        calendar = plan.calendar
        self._heading(_("The marketplace"))
        grid = _grid()
        grid.add_row(_("Shops"), _whole(len(plan.shops)))
        grid.add_row(_("Dates"), f"{calendar.first_on} – {calendar.last_on}")
        grid.add_row(_("Messages"), _whole(told.messages))
        grid.add_row(_("Sent again, kept once"), _whole(told.repeated))
        grid.add_row(_("Turns"), _whole(summary.totals["turns"]))
        for state in STATES:
            grid.add_row(f"  {_column_name(state)}", _whole(summary.totals[state]))
        self.console.print(grid)
        rates = _grid()
        for measure, numerator, denominator in (
            ("answer_rate", "answered", "settled"),
            ("on_time_rate", "on_time", "settled"),
            ("effective_on_time_rate", "effective_on_time", "settled"),
            ("brush_off_rate", "brushed_off", "answered"),
        ):
            rates.add_row(measure_name(measure), rate_with_interval(summary.rate(numerator, denominator)))
        self.console.print(rates)

    def _grades(self, summary: Summary) -> None:
        self._heading(_("Grades, from day to day"))
        title_of = {key: summary.policy.title_of(key) for key in summary.ladder}
        for day, counts in summary.grades_by_day:
            total = sum(counts.values())
            self.console.print(f"[bold]{day}[/bold]  " + ngettext("%d shop", "%d shops", total) % total)
            for key in summary.ladder:
                if counts.get(key):
                    label = _("provisional") if key == summary.ladder[-1] else key
                    self.console.print(f"  {escape(label):<12}{bar(counts[key], total)} {counts[key]}", soft_wrap=True)
        names = [f"{key}: {title_of[key].in_language(get_language() or 'en')}" for key in summary.ladder[:-1]]
        self.console.print(escape("; ".join(names)), style="dim")

    def _found(self, found: Sequence[Found]) -> None:
        self._heading(_("Made as, and found to be"))
        table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
        table.add_column(_("made as"), overflow="fold")
        table.add_column(_("shops"), justify="right")
        table.add_column(_("on time"), justify="right")
        table.add_column(_("really"), justify="right")
        table.add_column(_("grades now"), overflow="fold")
        for row in found:
            grades = " ".join(f"{grade}×{count}" for grade, count in row.grades)
            table.add_row(
                str(CHARACTER_NAMES[row.character]),
                _whole(row.shops),
                rate_in_words(row.on_time.value),
                rate_in_words(row.effective_on_time.value),
                grades,
            )
        self.console.print(table)

    def _lost(self, lost: Sequence[Change]) -> None:
        self._heading(_("Who lost privileges, and why"))
        if not lost:
            self.console.print(_("Nobody."))
        else:
            firsts = sum(change.is_first_grade for change in lost)
            self.console.print(
                _("%(falls)d times a grade fell, %(firsts)d times the first grade granted less than a new shop has.")
                % {"falls": len(lost) - firsts, "firsts": firsts}
            )
        for change in lost[:SHOWN_CHANGES]:
            self._change(change, "red")
            for proof in change.proofs:
                self.console.print(f"    {escape(proof_in_words(proof))}", style="dim")
        self._more(len(lost) - SHOWN_CHANGES)

    def _gained(self, gained: Sequence[Change]) -> None:
        self._heading(_("Who gained privileges"))
        if not gained:
            self.console.print(_("Nobody."))
        for change in gained[:SHOWN_CHANGES]:
            self._change(change, "green")
        self._more(len(gained) - SHOWN_CHANGES)

    def _change(self, change: Change, colour: str) -> None:
        before, after = grade_label(change.previous_grade), grade_label(change.grade)
        self.console.print(
            f"{change.on}  [bold]{escape(change.shop.name)}[/bold] ({escape(change.shop.code)})  "
            f"[{colour}]{escape(before)} → {escape(after)}[/{colour}]"
        )
        changed = "; ".join(
            f"{privilege_names([name])} {_shown(old)} → {_shown(new)}" for name, old, new in change.changed
        )
        self.console.print(f"    {escape(changed)}")

    def _poor_agents(self, poor: Sequence[PoorAgent]) -> None:
        self._heading(_("Agents proven below standard"))
        if not poor:
            self.console.print(_("Nobody."))
        for row in poor[:SHOWN_AGENTS]:
            agent = row.agent
            self.console.print(
                f"[bold]{escape(agent.name)}[/bold] ({escape(agent.code)}), {escape(agent.shop.name)}: "
                + _("%(points)s points") % {"points": points_in_words(row.points)}
            )
            for proof in row.proofs:
                self.console.print(f"    {escape(proof_in_words(proof))}", style="dim")
        self._more(len(poor) - SHOWN_AGENTS)

    def _more(self, count: int) -> None:
        if count > 0:
            self.console.print(ngettext("and %d more", "and %d more", count) % count, style="dim")

    def _times(self, steps: Sequence[StepTime]) -> None:
        self._heading(_("Time"))
        grid = _grid()
        for step in [*steps, StepTime(_("all of it"), sum(step.seconds for step in steps))]:
            grid.add_row(step.name, f"{step.seconds:.1f} s")
        self.console.print(grid)

    def _logins(self, logins: Sequence[Login], url: str) -> None:
        self._heading(_("Look at it"))
        self.console.print(f"[bold]make serve[/bold], {escape(_('then open'))} {url}")
        self.console.print(_("Password of every login: %(password)s") % {"password": PASSWORD})
        for login in logins:
            self.console.print(f"[bold]{escape(login.username)}[/bold] ({escape(login.role)}): {escape(login.sees)}")


def step_name(key: str) -> str:
    """The name of a step of a long action; an unknown one is shown by its key."""
    return str(STEP_NAMES.get(key, key))


def announce(console: Console) -> None:
    """Say before anything else that nothing of this is real."""
    console.print(
        Panel.fit(_("Demo: a synthetic marketplace. Shops, people, buyers and messages are invented."), style="bold")
    )


def rate_with_interval(rate: Rate) -> str:
    """The rate with its 95 % interval and the numbers behind it."""
    if rate.interval is None:
        return rate_in_words(None)
    low, high = rate.interval
    return _("%(rate)s (95 %% interval %(low)s to %(high)s; %(numerator)s of %(denominator)s)") % {
        "rate": rate_in_words(rate.value),
        "low": rate_in_words(low),
        "high": rate_in_words(high),
        "numerator": _whole(rate.numerator),
        "denominator": _whole(rate.denominator),
    }


def proof_in_words(proof: Proof) -> str:
    """Why a rate is proven to be below its line."""
    return _("%(measure)s: %(rate)s; the line is %(line)s") % {
        "measure": measure_name(proof.measure),
        "rate": rate_with_interval(proof.rate),
        "line": rate_in_words(proof.line),
    }


def grade_label(key: str) -> str:
    """A grade as it is printed in a change; a shop without one is provisional."""
    return _("provisional") if key in {"", "provisional"} else key


def bar(count: int, total: int) -> str:
    """A bar of block characters; the smallest count still shows."""
    return "█" * max(1, round(BAR_CELLS * count / total)) if count else ""


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    return grid


def _whole(number: int) -> str:
    return number_format(number, 0, force_grouping=True)


def _column_name(name: str) -> str:
    field = ShopDay._meta.get_field(name)
    return str(getattr(field, "verbose_name", name))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return number_format(value, 2) if isinstance(value, float) else str(value)
