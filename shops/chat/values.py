"""Single columns of what comes in: text that is UTF-8, instants in milliseconds, values as a reason shows them.

Vectorised where all is well; rows are looked at one by one only where a whole column could not be read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

SHOWN_CHARACTERS: Final = 60
"""How much of a wrong value a reason repeats."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIRST_SECOND: Final = -62_135_596_800  # the year 1
_END_SECOND: Final = 253_402_300_800  # the year 10000


def not_utf8(values: pa.Array) -> pa.Array | None:
    """A mask of the values of a string array that are not valid UTF-8; None where all are."""
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return pa.array([value is not None and not _is_utf8(value) for value in values.cast(pa.binary()).to_pylist()])
    return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def ms_of_timestamps(values: pa.Array) -> pa.Array:
    """Milliseconds since the epoch, floored, of a timestamp array of any unit; null outside the years 1 to 9999."""
    unit = _UNITS_PER_SECOND[values.type.unit]
    ticks = values.cast(pa.int64())
    if unit < 1_000_000_000:  # all that 64 bits of nanoseconds can say lies between 1677 and 2262
        is_date = pc.and_(
            pc.greater_equal(ticks, _FIRST_SECOND * unit), pc.less(ticks, min(_END_SECOND * unit, 2**63 - 1))
        )
        ticks = pc.if_else(is_date, ticks, pa.scalar(None, pa.int64()))
    if unit <= 1_000:
        return pc.multiply(ticks, 1_000 // unit)
    per_ms = unit // 1_000
    whole = pc.divide(ticks, per_ms)  # truncates towards zero, which is one too late before 1970
    if (pc.min(ticks).as_py() or 0) >= 0:
        return whole
    return pc.if_else(pc.greater(pc.multiply(whole, per_ms), ticks), pc.subtract(whole, 1), whole)


def ms_of_text(values: pa.Array, name: str) -> tuple[pa.Array, dict[int, str]]:
    """Milliseconds since the epoch, floored, of ISO 8601 texts with an offset; null and a reason by row for the others.

    The fast way reads a subset of what the slow way reads, to the same instants.
    """
    try:
        fast = ms_of_timestamps(values.cast(pa.timestamp("us", "UTC")))
    except pa.ArrowInvalid:
        fast = None
    if fast is not None and not fast.null_count:
        return fast, {}
    faults: dict[int, str] = {}
    instants: list[int | None] = []
    for row, text in enumerate(values.to_pylist()):
        try:
            instants.append(read_instant_ms(text, name))
        except ValueError as error:
            faults[row] = str(error)
            instants.append(None)
    return pa.array(instants, pa.int64()), faults


def read_instant(text: str | None, name: str) -> datetime:
    """The aware instant that an ISO 8601 text names. Raises ValueError that says what is wrong with column `name`."""
    if not text or text.isspace():
        raise ValueError(_("%(name)s is missing") % {"name": name})
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(
            _("%(name)s %(value)s is no date and time; write it like 2026-05-01T09:30:00Z")
            % {"name": name, "value": quoted(text)}
        ) from error
    if instant.utcoffset() is None:
        raise ValueError(
            _("%(name)s %(value)s has no time zone: write it as %(utc)sZ or with an offset such as +08:00")
            % {"name": name, "value": quoted(text), "utc": instant.isoformat()}
        )
    return instant


def read_instant_ms(text: str | None, name: str) -> int:
    """As `read_instant`, in milliseconds since the epoch, floored."""
    return (read_instant(text, name) - _EPOCH) // timedelta(milliseconds=1)


def iso(instant_ms: int) -> str:
    """An instant in milliseconds since the epoch as people read it, in UTC; the number where no calendar reaches it."""
    try:
        return (_EPOCH + timedelta(milliseconds=instant_ms)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return str(instant_ms)


def quoted(text: str) -> str:
    """A wrong value as a reason shows it: in quotes, control characters escaped, cut to SHOWN_CHARACTERS."""
    cut = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
    return '"' + "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in cut) + '"'


def shown(value: pa.Scalar) -> str:
    """A wrong value as a reason shows it: numbers bare, text quoted, nothing as "(empty)"."""
    plain = plain_value(value)
    if plain is None:
        return _("(empty)")
    return quoted(plain) if isinstance(plain, str) else str(plain)


def plain_value(value: pa.Scalar) -> Any:
    """A value as JSON can hold it: None, text (instants in ISO 8601, what is no UTF-8 with U+FFFD) or a number."""
    if not value.is_valid:
        return None
    if pa.types.is_dictionary(value.type):
        return plain_value(value.value)
    if pa.types.is_timestamp(value.type):
        ticks = ms_of_timestamps(pa.array([value.value], pa.int64()).cast(value.type))[0].as_py()
        return str(value.value) if ticks is None else iso(ticks)
    if pa.types.is_string(value.type) or pa.types.is_large_string(value.type) or pa.types.is_string_view(value.type):
        return value.as_buffer().to_pybytes().decode(errors="replace")
    plain = value.as_py()
    return plain if isinstance(plain, int | float | bool) else str(plain)
