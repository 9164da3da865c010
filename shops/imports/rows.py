"""One record of a file of facts, value by value. What is wrong with a value is said with its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shops.chat.messages import MAX_ID_LENGTH
from shops.chat.values import quoted, read_instant

FIRST_YEAR: Final = 2
LAST_YEAR: Final = 9998
"""Nearer to the ends of the calendar an instant could not be shown in every time zone."""


class RowError(ValueError):
    """A record that is rejected; the message is the reason."""


class Row:
    """A record by column name. Empty text, blank text and null all mean that there is no value.

    Values are text (CSV, JSON Lines) or typed (Parquet). All methods raise RowError.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record

    def has_column(self, name: str) -> bool:
        """True where the file has such a column, with or without a value here."""
        return name in self._record

    def text(self, name: str, limit: int, *, may_break: bool = False) -> str:
        """The text without outer white space, at most `limit` characters on one line; "" where there is none."""
        value = self._record.get(name)
        text = "" if value is None else str(value).strip()
        if len(text) > limit:
            raise RowError(
                _("%(name)s has more than %(limit)d characters: %(value)s")
                % {"name": name, "limit": limit, "value": quoted(text)}
            )
        allowed = "\n\r\t" if may_break else ""
        if any(not letter.isprintable() and _is_control(letter) and letter not in allowed for letter in text):
            raise RowError(
                _("%(name)s %(value)s contains a control character; remove it") % {"name": name, "value": quoted(text)}
            )
        return text

    def code(self, name: str) -> str:
        """The id, never empty."""
        return self.required_text(name, MAX_ID_LENGTH)

    def required_text(self, name: str, limit: int) -> str:
        """The text, never empty."""
        text = self.text(name, limit)
        if not text:
            raise RowError(_("%(name)s is missing") % {"name": name})
        return text

    def choice(self, name: str, allowed: list[str]) -> str:
        """One of the allowed words."""
        text = self.required_text(name, MAX_ID_LENGTH)
        if text not in allowed:
            raise RowError(
                _("%(name)s %(value)s is unknown; write one of: %(allowed)s")
                % {"name": name, "value": quoted(text), "allowed": ", ".join(allowed)}
            )
        return text

    def instant(self, name: str) -> datetime:
        """The aware instant in UTC."""
        value = self._record.get(name)
        try:
            instant = (
                value if isinstance(value, datetime) else read_instant(None if value is None else str(value), name)
            )
            instant = instant.astimezone(UTC)
        except OverflowError as error:
            raise _out_of_reach(name, value) from error
        except ValueError as error:
            raise RowError(str(error)) from error
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            raise _out_of_reach(name, value)
        return instant

    def optional_instant(self, name: str) -> datetime | None:
        """The aware instant in UTC; None where there is no value."""
        return self.instant(name) if self._is_given(name) else None

    def past_instant(self, name: str, now: datetime, tolerance: timedelta) -> datetime:
        """The aware instant in UTC, at most `tolerance` after now."""
        instant = self.instant(name)
        if instant > now + tolerance:
            raise RowError(
                _("%(name)s %(value)s lies more than %(minutes)g minutes in the future; correct the sender's clock")
                % {"name": name, "value": instant.isoformat(), "minutes": tolerance.total_seconds() / 60}
            )
        return instant

    def day(self, name: str) -> date:
        """The date."""
        value = self._record.get(name)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        text = self.required_text(name, MAX_ID_LENGTH)
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise RowError(
                _("%(name)s %(value)s is no date; write it like 2026-05-01") % {"name": name, "value": quoted(text)}
            ) from error

    def optional_day(self, name: str) -> date | None:
        """The date; None where there is no value."""
        return self.day(name) if self._is_given(name) else None

    def whole(self, name: str, lowest: int, highest: int) -> int:
        """The whole number from lowest to highest; 5.0 is 5."""
        value = self._record.get(name)
        text = self.required_text(name, MAX_ID_LENGTH)
        try:
            number = Decimal(text)
        except ArithmeticError:
            number = Decimal("NaN")
        if not number.is_finite() or number != number.to_integral_value() or not lowest <= number <= highest:
            raise RowError(
                _("%(name)s %(value)s is no whole number from %(lowest)d to %(highest)d")
                % {"name": name, "value": quoted(str(value)), "lowest": lowest, "highest": highest}
            )
        return int(number)

    def checked(self, name: str, text: str, check: Callable[[str], object]) -> str:
        """The text after a validator of the models has passed it."""
        try:
            check(text)
        except ValidationError as error:
            raise RowError(f"{name}: {' '.join(error.messages)}") from error
        return text

    def _is_given(self, name: str) -> bool:
        value = self._record.get(name)
        return value is not None and not (isinstance(value, str) and not value.strip())


def _out_of_reach(name: str, value: object) -> RowError:
    return RowError(
        _("%(name)s %(value)s lies outside the years %(first)d to %(last)d")
        % {"name": name, "value": quoted(str(value)), "first": FIRST_YEAR, "last": LAST_YEAR}
    )


def _is_control(letter: str) -> bool:
    """True for control characters, line and paragraph separators and halves of surrogate pairs."""
    return letter < " " or "\x7f" <= letter <= "\x9f" or letter in "\u2028\u2029" or "\ud800" <= letter <= "\udfff"
