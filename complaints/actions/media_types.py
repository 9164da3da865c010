"""What a file is, by its content: its name and what its sender calls it say nothing. No Django, no I/O."""

from __future__ import annotations

from typing import Final, NamedTuple


class Media(NamedTuple):
    """A kind of evidence and the media type that it is served with."""

    kind: str
    media_type: str


PICTURES: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}
"""Media types of pictures and the names that Pillow has for them."""
_LAYER_3_KBITS: Final = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Sampling rates of MPEG 1, 2 and 2.5 by the two bits that name the version."""
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"3gp4", b"3gp5", b"3gp6"})


def media_of(content: bytes) -> Media | None:  # noqa: PLR0911, a line for each kind of file
    """What the content is; None for whatever is not taken as evidence."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Media("image", "image/png")
    if content.startswith(b"\xff\xd8\xff"):
        return Media("image", "image/jpeg")
    if content.startswith((b"GIF87a", b"GIF89a")):
        return Media("image", "image/gif")
    if content.startswith(b"RIFF"):
        return {b"WEBP": Media("image", "image/webp"), b"WAVE": Media("audio", "audio/wav")}.get(content[8:12])
    if content.startswith((b"%PDF-1.", b"%PDF-2.")):
        return Media("pdf", "application/pdf") if b"%%EOF" in content[-2_048:] else None
    if content.startswith(b"OggS"):
        head = content[:200]
        return Media("audio", "audio/ogg") if b"OpusHead" in head or b"\x01vorbis" in head else None
    if content[4:8] == b"ftyp":
        return Media("audio", "audio/mp4") if _is_sound_alone(content) else None
    if _is_mp3(content):
        return Media("audio", "audio/mpeg")
    return None


def _is_sound_alone(content: bytes) -> bool:
    """True for an MP4 whose tracks are sound: a film is not taken."""
    if content[8:12] not in _SOUND_BRANDS:
        return False
    tracks = set()
    place = content.find(b"hdlr")
    while place >= 0:
        tracks.add(content[place + 12 : place + 16])
        place = content.find(b"hdlr", place + 4)
    return b"soun" in tracks and b"vide" not in tracks


def _is_mp3(content: bytes) -> bool:
    """True where two frames of layer III follow each other at the start, after a tag where there is one."""
    start = 0
    if content.startswith(b"ID3") and len(content) > 10:
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte & 0x7F
        start = 10 + size
    length = _frame_length(content[start : start + 4])
    return length is not None and _frame_length(content[start + length : start + length + 4]) is not None


def _frame_length(header: bytes) -> int | None:
    """Bytes of the MPEG layer III frame with that header; None where it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bits, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer != 1 or bits in (0, 15) or rate == 3:
        return None
    kbits = _LAYER_3_KBITS[1 if version == 3 else 2][bits]
    samples = 144 if version == 3 else 72
    return samples * kbits * 1_000 // _RATES[version][rate] + (header[2] >> 1 & 1)
