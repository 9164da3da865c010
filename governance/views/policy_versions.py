"""The published versions of the rules in order: in force, to come, past, or replaced before they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy

from governance.models import Policy

State = Literal["in_force", "to_come", "past", "replaced"]

STATE_WORDS: Final[dict[str, Any]] = {
    "in_force": gettext_lazy("in force today"),
    "to_come": gettext_lazy("to come"),
    "past": gettext_lazy("past"),
    "replaced": gettext_lazy("replaced before it came into force"),
}
STATE_TONES: Final[dict[str, str]] = {"in_force": "best", "to_come": "brand", "past": "none", "replaced": "none"}


@dataclass(frozen=True, slots=True)
class Version:
    """A published version with the days on which it is in force, both included; None where no end is known."""

    policy: Policy
    state: State
    ends_on: date | None
    before: Policy | None
    """The version that it follows."""

    @property
    def state_in_words(self) -> str:
        """For example `in force today`."""
        return str(STATE_WORDS[self.state])

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return STATE_TONES[self.state]


def list_versions(today: date) -> list[Version]:
    """Every published version, those that start last first. One query."""
    policies = sorted(Policy.objects.published(), key=lambda policy: (policy.starts_on, policy.version))
    versions: list[Version] = []
    before: Policy | None = None
    for policy, following in pairwise([*policies, None]):
        assert policy is not None
        ends_on = following.starts_on - timedelta(days=1) if following is not None else None
        if ends_on is not None and ends_on < policy.starts_on:
            versions.append(Version(policy, "replaced", None, before))
            continue
        state: State = "in_force"
        if policy.starts_on > today:
            state = "to_come"
        elif ends_on is not None and ends_on < today:
            state = "past"
        versions.append(Version(policy, state, ends_on, before))
        before = policy
    return versions[::-1]


def version_to_show(versions: list[Version]) -> Version | None:
    """The version in force; where there is none yet, the one that comes first."""
    in_force = next((version for version in versions if version.state == "in_force"), None)
    to_come = [version for version in versions if version.state == "to_come"]
    return in_force or (to_come[-1] if to_come else None)
