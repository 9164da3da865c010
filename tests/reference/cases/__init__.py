"""The hand-written cases of the clock table, as data: the reference and the SQL must both agree with them."""

from tests.reference.cases.brush_off import BRUSH_OFF
from tests.reference.cases.building import START, Case, log
from tests.reference.cases.states import CLOSED_SOON, COUNTED, FIRST_OF_CONTACT, STATES, STOPPAGES
from tests.reference.cases.table import NO_TURN_OPEN, ORDER, TURN_OPEN

__all__ = ["ALL_CASES", "START", "Case", "log"]

ALL_CASES: tuple[Case, ...] = (
    *NO_TURN_OPEN,
    *TURN_OPEN,
    *ORDER,
    *STATES,
    *COUNTED,
    *STOPPAGES,
    *CLOSED_SOON,
    *FIRST_OF_CONTACT,
    *BRUSH_OFF,
)
