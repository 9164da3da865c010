"""The contract of a chat message (clock.md section 1), checked for whole batches at once.

Every check is a vectorised pass over a column; Python looks at single rows only where a pass found something. Where the
rows come from (files, HTTP) and where the good ones go (log.py) is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from shops.chat.columns import Column, Sort, names_fault, types_fault
from shops.chat.rejects import Rejects
from shops.chat.text import text_key
from shops.chat.values import iso, ms_of_text, ms_of_timestamps, not_utf8, shown

SENDERS: Final = ("buyer", "agent", "bot", "system")
KINDS: Final = ("message", "auto_reply", "note", "handoff", "transfer", "close")
DELIVERIES: Final = ("delivered", "intercepted", "failed", "platform_blocked")
MAX_ID_LENGTH: Final = 128
MAX_TEXT_BYTES: Final = 1_000_000
VALUE: Final = "{}"  # stands in a reason for the value that is wrong
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
"""What a NUL in a text becomes: Parquet can hold one, PostgreSQL and most readers cannot."""

COLUMNS: Final = (
    Column("message_id", Sort.CODE, is_required=True),
    Column("conversation_id", Sort.CODE, is_required=True),
    Column("shop_id", Sort.CODE, is_required=True),
    Column("buyer_id", Sort.CODE, is_required=True),
    Column("agent_id", Sort.CODE),
    Column("sender", Sort.TEXT, is_required=True),
    Column("kind", Sort.TEXT),
    Column("sent_at", Sort.INSTANT, is_required=True),
    Column("text", Sort.TEXT),
    Column("delivery", Sort.TEXT),
)
STORED_SCHEMA: Final = pa.schema(
    [
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("conversation_id", pa.string(), nullable=False),
        pa.field("shop_id", pa.string(), nullable=False),
        pa.field("buyer_id", pa.string(), nullable=False),
        pa.field("agent_id", pa.string()),
        pa.field("sender", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("sent_ms", pa.int64(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("text_key", pa.string()),
        pa.field("delivery", pa.string(), nullable=False),
    ]
)
"""What the log keeps of a message. sent_ms: milliseconds since the epoch, UTC, floored."""

_WORDS: Final = (("sender", SENDERS, None), ("kind", KINDS, "message"), ("delivery", DELIVERIES, "delivered"))


class MessageFileError(ValueError):
    """A table whose columns are wrong, so that none of its rows can be read. Says which column and what to do."""


@dataclass(frozen=True)
class Checked:
    """A checked table: the good rows in STORED_SCHEMA, and the others with their reasons."""

    good: pa.Table
    rejects: Rejects
    unknown_shops: dict[str, int]  # how many messages each shop that nobody knows would have had


class Check:
    """The state of one table while CHECKS pass over it: its columns, and the faults found so far by row."""

    def __init__(
        self,
        table: pa.Table,
        now_ms: int,
        future_tolerance_ms: int,
        oldest_ms: int | None,
        known_shops: pa.Array | None = None,
    ) -> None:
        self.table = table
        self.known_shops = known_shops
        self.unknown_shops: dict[str, int] = {}
        self.latest_ms = now_ms + future_tolerance_ms
        self.tolerance_minutes = future_tolerance_ms / 60_000
        self.oldest_ms = max(oldest_ms or 0, 0)
        self.columns: dict[str, pa.Array] = {}
        self.faults: dict[int, list[str]] = {}

    def reject(
        self, is_bad: pa.Array, reason: str, values: pa.Array | None = None, show: Callable[[pa.Scalar], str] = shown
    ) -> None:
        """Note a reason, VALUE replaced by the row's value, where the mask is true; a null in it is no fault."""
        if not pc.any(is_bad).as_py():
            return
        for index in pc.indices_nonzero(is_bad).to_pylist():
            said = reason if values is None else reason.replace(VALUE, show(values[index]))
            self.faults.setdefault(index, []).append(said)


def check_messages(
    table: pa.Table,
    *,
    first_row: int,
    now_ms: int,
    future_tolerance_ms: int,
    oldest_ms: int | None,
    numbers: pa.Array | None = None,
    known_shops: pa.Array | None = None,
) -> Checked:
    """The rows of `table` that keep the contract, as STORED_SCHEMA, and the rejected ones with number and reason.

    Columns may be text (CSV, JSON) or typed (Parquet): instants with a time zone in any unit, text plain, large or as a
    dictionary, ids also as integers. Rows are numbered from `first_row`, or by `numbers` where lines are not rows.
    A missing kind is `message`, a missing delivery `delivered`; an empty text is missing; a NUL in a text becomes
    U+FFFD. Messages of shops that are not among `known_shops` (None: all are) are rejected. Instants are floored to
    milliseconds; earlier than `oldest_ms` (None: than 1970) is too old. Expects at most 1 GB. Raises MessageFileError
    where a column is unknown, missing or of an impossible type.
    """
    fault = names_fault(table.column_names, COLUMNS) or types_fault(table.schema, COLUMNS)
    if fault:
        raise MessageFileError(fault)
    check = Check(table.combine_chunks(), now_ms, future_tolerance_ms, oldest_ms, known_shops)
    for _name, step in CHECKS:
        step(check)
    good = pa.Table.from_arrays([check.columns[name] for name in STORED_SCHEMA.names], names=STORED_SCHEMA.names)
    if not check.faults:
        return Checked(good.cast(STORED_SCHEMA), Rejects(table.slice(0, 0), pa.array([], pa.int64()), []), {})
    bad = sorted(check.faults)
    picked = pa.array(bad, pa.int64())
    rows = pa.array(range(table.num_rows), pa.int64())
    is_good = pc.invert(pc.is_in(rows, value_set=picked))
    if numbers is None:
        numbers = pc.add(rows, first_row)
    rejects = Rejects(table.take(picked), numbers.take(picked), ["; ".join(check.faults[row]) for row in bad])
    return Checked(good.filter(is_good).cast(STORED_SCHEMA), rejects, check.unknown_shops)


def read_columns(check: Check) -> None:
    """Bring every column to plain text that is valid UTF-8; timestamps stay as they came, texts become a dictionary."""
    for column in COLUMNS:
        name = column.name
        if name not in check.table.column_names:
            check.columns[name] = pa.nulls(check.table.num_rows, pa.string())
            continue
        values = check.table[name]
        values = values.chunk(0) if values.num_chunks else pa.array([], values.type)
        if name == "text" and pa.types.is_dictionary(values.type):
            check.columns[name] = pa.DictionaryArray.from_arrays(values.indices, values.dictionary.cast(pa.string()))
        elif pa.types.is_timestamp(values.type):
            check.columns[name] = values
        else:
            check.columns[name] = values = values.cast(pa.string())
            is_invalid = None if name == "text" else not_utf8(values)
            if is_invalid is not None:
                reason = _("%(name)s is not valid UTF-8; write the file as UTF-8") % {"name": name}
                check.reject(is_invalid, reason)
                check.columns[name] = pc.if_else(is_invalid, pa.scalar("?"), values)
    if not pa.types.is_dictionary(check.columns["text"].type):
        check.columns["text"] = check.columns["text"].dictionary_encode()


def check_ids(check: Check) -> None:
    """Ids are there, at most MAX_ID_LENGTH characters, and free of control characters and line separators."""
    for column in COLUMNS:
        if column.sort is Sort.CODE:
            _check_id(check, column.name, is_required=column.is_required)


def _check_id(check: Check, name: str, *, is_required: bool) -> None:
    values = check.columns[name]
    lengths = pc.binary_length(values)
    # utf8_is_space is false for the empty text.
    is_missing = pc.fill_null(pc.or_(pc.equal(lengths, 0), pc.utf8_is_space(values)), fill_value=True)
    if is_required:
        check.reject(is_missing, _("%(name)s is missing") % {"name": name})
    elif pc.any(is_missing).as_py():
        check.columns[name] = values = pc.if_else(is_missing, pa.scalar(None, pa.string()), values)
    if (pc.max(lengths).as_py() or 0) > MAX_ID_LENGTH:
        reason = _("%(name)s %(value)s has more than %(limit)d characters")
        check.reject(
            pc.greater(pc.utf8_length(values), MAX_ID_LENGTH),
            reason % {"name": name, "value": VALUE, "limit": MAX_ID_LENGTH},
            values,
        )
    if pc.all(pc.ascii_is_printable(values)).as_py() is False:
        check.reject(
            pc.and_not(pc.match_substring_regex(values, r"[\p{Cc}\p{Zl}\p{Zp}]"), is_missing),
            _("%(name)s %(value)s contains a control character; remove it") % {"name": name, "value": VALUE},
            values,
        )


def check_words(check: Check) -> None:
    """Sender, kind and delivery are words that the clock knows; kind and delivery have defaults."""
    for name, allowed, default in _WORDS:
        values = check.columns[name]
        if default is not None:
            is_missing = pc.fill_null(pc.equal(pc.binary_length(values), 0), fill_value=True)
            check.columns[name] = values = pc.if_else(is_missing, pa.scalar(default), values)
        reason = _("%(name)s %(value)s is unknown; write one of: %(allowed)s")
        check.reject(
            pc.invert(pc.is_in(values, value_set=pa.array(allowed))),
            reason % {"name": name, "value": VALUE, "allowed": ", ".join(allowed)},
            values,
        )


def check_times(check: Check) -> None:
    """sent_at is an instant, neither in the future nor older than the log keeps; it becomes sent_ms."""
    values = check.columns.pop("sent_at")
    if pa.types.is_timestamp(values.type):
        sent_ms = ms_of_timestamps(values)
        if sent_ms.null_count:
            check.reject(pc.is_null(values), _("sent_at is missing"))
            is_lost = pc.and_(pc.is_null(sent_ms), pc.is_valid(values))
            check.reject(is_lost, _("sent_at lies outside the years 1 to 9999"))
    else:
        sent_ms, faults = ms_of_text(values, "sent_at")
        for row, reason in faults.items():
            check.faults.setdefault(row, []).append(reason)
    check.columns["sent_ms"] = sent_ms
    reason = _("sent_at %(value)s lies more than %(minutes)g minutes in the future; correct the sender's clock")
    check.reject(
        pc.greater(sent_ms, check.latest_ms),
        reason % {"value": VALUE, "minutes": check.tolerance_minutes},
        sent_ms,
        _iso,
    )
    reason = _("sent_at %(value)s is older than what the chat log keeps (from %(oldest)s on)")
    check.reject(
        pc.less(sent_ms, check.oldest_ms), reason % {"value": VALUE, "oldest": iso(check.oldest_ms)}, sent_ms, _iso
    )


def _iso(sent_ms: pa.Scalar) -> str:
    return iso(sent_ms.as_py())


def check_shops(check: Check) -> None:
    """The shop is a known one, where the caller says which are."""
    if check.known_shops is None:
        return
    codes = check.columns["shop_id"]
    is_known = pc.is_in(codes, value_set=check.known_shops)
    if pc.all(is_known).as_py() is False:
        is_lost = pc.and_(pc.invert(is_known), pc.greater(pc.binary_length(codes), 0))
        check.reject(is_lost, _("shop %(value)s is unknown; import the shops first") % {"value": VALUE}, codes)
        lost = pc.value_counts(codes.filter(pc.fill_null(is_lost, fill_value=False)))
        check.unknown_shops = {pair["values"].as_py(): pair["counts"].as_py() for pair in lost}


def check_texts(check: Check) -> None:
    """Texts are valid UTF-8 of at most MAX_TEXT_BYTES; works on the distinct texts only."""
    text = check.columns["text"]
    if len(text.dictionary) > len(text):
        text = text.cast(pa.string()).dictionary_encode()
    distinct = text.dictionary
    is_invalid = not_utf8(distinct)
    if is_invalid is not None:
        reason = _("text is not valid UTF-8; write the file as UTF-8")
        check.reject(is_invalid.take(text.indices), reason)
        distinct = pc.if_else(is_invalid, pa.scalar(None, pa.string()), distinct)
    lengths = pc.binary_length(distinct)
    if (pc.max(lengths).as_py() or 0) > MAX_TEXT_BYTES:
        is_long = pc.greater(lengths, MAX_TEXT_BYTES)
        reason_long = _("text is longer than %(limit)d bytes") % {"limit": MAX_TEXT_BYTES}
        check.reject(is_long.take(text.indices), reason_long)
        distinct = pc.if_else(is_long, pa.scalar(None, pa.string()), distinct)
    if pc.any(pc.match_substring(distinct, "\0")).as_py():
        distinct = pc.replace_substring(distinct, "\0", REPLACEMENT)
    if pc.any(pc.equal(lengths, 0)).as_py():
        distinct = pc.if_else(pc.equal(distinct, ""), pa.scalar(None, pa.string()), distinct)
    check.columns["text"] = pa.DictionaryArray.from_arrays(text.indices, distinct)


def make_text_keys(check: Check) -> None:
    """The key of each text, worked out once for each distinct text (the one step that is Python for each of them)."""
    text = check.columns["text"]
    keys = pa.array([text_key(value) for value in text.dictionary.to_pylist()], pa.string())
    check.columns["text"] = text.dictionary.take(text.indices)
    check.columns["text_key"] = keys.take(text.indices)


CHECKS: Final[tuple[tuple[str, Callable[[Check], None]], ...]] = (
    ("columns", read_columns),
    ("ids", check_ids),
    ("words", check_words),
    ("times", check_times),
    ("shops", check_shops),
    ("texts", check_texts),
    ("text keys", make_text_keys),
)
"""The steps of check_messages in their order, by name, so that each can be timed."""
