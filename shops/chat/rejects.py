"""Records that were not taken: where, why, and what they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import pyarrow as pa

from shops.chat.values import plain_value


@dataclass(frozen=True)
class Reject:
    """One row that was not taken: its row or line number, why, and what it was."""

    row: int
    reason: str
    record: dict[str, Any]


class Rejects(Sequence[Reject]):
    """The rejected rows of one table, in their order; each is built when asked for, since all of them may be."""

    def __init__(self, table: pa.Table, numbers: pa.Array, reasons: list[str]) -> None:
        self._table, self._numbers, self._reasons = table, numbers, reasons

    def without_records(self) -> list[Reject]:
        """All of them, without what they were: many rows cost little."""
        pairs = zip(self._numbers.to_pylist(), self._reasons, strict=True)
        return [Reject(number, reason, {}) for number, reason in pairs]

    def __len__(self) -> int:
        return len(self._reasons)

    @overload
    def __getitem__(self, index: int) -> Reject: ...
    @overload
    def __getitem__(self, index: slice) -> list[Reject]: ...
    def __getitem__(self, index: int | slice) -> Reject | list[Reject]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        record = {name: plain_value(self._table[name][index]) for name in self._table.column_names}
        return Reject(self._numbers[index].as_py(), self._reasons[index], record)

    def __iter__(self) -> Iterator[Reject]:
        return (self[index] for index in range(len(self)))
