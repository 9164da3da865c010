"""The key by which texts are compared: in the chat log, in policy's word lists and in shops' templates."""

from __future__ import annotations

import unicodedata

import emoji

EMOJI_KEY = "\N{OBJECT REPLACEMENT CHARACTER}"
"""The key of every text that is nothing but emoji: clock.md section 2 counts it as a closing courtesy."""

OUTER = "。.!~"
"""Trailing punctuation that does not change what a text says. NFKC has already folded ！ and ～ into ! and ~."""


def text_key(text: str | None) -> str | None:
    """`text` by NFKC, case folded, without outer white space and trailing 。.!~ (clock.md section 1); None for None."""
    if text is None:
        return None
    key = unicodedata.normalize("NFKC", text).casefold().strip()
    while key and (key[-1] in OUTER or key[-1].isspace()):
        key = key[:-1]
    if key and not key[0].isalnum() and emoji.purely_emoji("".join(key.split())):
        return EMOJI_KEY
    return key
