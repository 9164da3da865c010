"""Windows whose length depends on how much there is to measure."""

from __future__ import annotations

from pydantic import Field

from governance.policy.sections.base import Section
from shops.chat.standard import WholeNumber


class LongerWindow(Section):
    """The window of shops that had few turns in the ordinary one, and of their agents."""

    below_turns: WholeNumber = Field(ge=1, le=10_000_000)
    """Counted, settled turns in `measures_window_days` under which a shop is rated by the longer window."""
    days: WholeNumber = Field(ge=2, le=366)
