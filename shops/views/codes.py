"""Shop and agent codes in URLs. A code is the marketplace's own and may hold any character, slashes included."""

from __future__ import annotations

import re

ESCAPED = re.compile(r"~([0-9A-F]{2})")
UNSAFE = re.compile(r"[\x00-\x7f]")
SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


class CodeConverter:
    """A path part that carries any code: ASCII outside letters, digits and `-_.` is written as `~` and two hex digits.

    A code of dots only is escaped too, since browsers read `.` and `..` as folders.
    """

    regex = r"[^/]+"

    def to_python(self, value: str) -> str:
        """The code behind a path part."""
        return ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)

    def to_url(self, value: str) -> str:
        """The path part for a code."""
        safe = SAFE - {"."} if set(value) == {"."} else SAFE
        return UNSAFE.sub(lambda match: match[0] if match[0] in safe else f"~{ord(match[0]):02X}", value)
