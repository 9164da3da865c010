"""Evidence: what is taken by its content, within limits, without metadata; what is not, and why."""

from __future__ import annotations

import io
import stat
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from complaints.actions import evidence_store
from complaints.actions.evidence import EvidenceError, add_evidence, read_evidence
from complaints.actions.hearing import withdraw_complaint
from complaints.models import Complaint, Evidence
from shops.models import AuditEntry
from tests.complaints.builders import FILED_AT, make_complaint, make_redress_policy

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
OGG = b"OggS" + bytes(24) + b"OpusHead"
M4A = b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00" + b"hdlr" + bytes(8) + b"soun"
FILM = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00" + b"hdlr" + bytes(8) + b"vide" + b"hdlr" + bytes(8) + b"soun"
FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # 144 x 128,000 / 44,100 = 417 bytes
MP3 = FRAME * 3
EXE = b"MZ\x90\x00" + bytes(200)


@pytest.fixture
def complaint() -> Complaint:
    make_redress_policy(evidence={"max_files": 2, "max_megabytes": 1, "max_megapixels": 1})
    return make_complaint()


def add(complaint: Complaint, content: Any, name: str = "proof.jpg", side: str = "buyer", **rest: Any) -> Evidence:
    return add_evidence(complaint, side=side, name=name, content=content, at=FILED_AT, **rest)


def picture(form: str = "PNG", size: tuple[int, int] = (20, 10), **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "red").save(target, form, **options)
    return target.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A PNG of some bytes whose header says that it is enormous."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in (header, data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("content", "kind", "media_type"),
    [
        (picture("PNG"), "image", "image/png"),
        (picture("JPEG"), "image", "image/jpeg"),
        (picture("WEBP"), "image", "image/webp"),
        (picture("GIF"), "image", "image/gif"),
        (PDF, "pdf", "application/pdf"),
        (WAV, "audio", "audio/wav"),
        (OGG, "audio", "audio/ogg"),
        (M4A, "audio", "audio/mp4"),
        (MP3, "audio", "audio/mpeg"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x05" + bytes(5) + MP3, "audio", "audio/mpeg"),
    ],
    ids=["png", "jpeg", "webp", "gif", "pdf", "wav", "ogg", "m4a", "mp3", "mp3 with a tag"],
)
def test_what_it_is_comes_from_its_content(complaint: Complaint, content: bytes, kind: str, media_type: str) -> None:
    evidence = add(complaint, content, name="whatever.exe")

    assert (evidence.kind, evidence.media_type, evidence.name) == (kind, media_type, "whatever.exe")
    assert evidence_store.path_of(evidence.sha256).is_file()
    assert len(read_evidence(evidence)) == evidence.size_bytes


@pytest.mark.parametrize(
    "content",
    [
        EXE,
        b"#!/bin/sh\nrm -rf /\n",
        b"<svg onload=alert(1)>",
        b"%PDF-1.7 never ends",
        FILM,
        FRAME[:100],
        b"RIFF....AVI ",
        b"OggS" + bytes(30) + b"theora",
    ],
    ids=["exe", "script", "svg", "half a pdf", "film", "half a frame", "avi", "theora"],
)
def test_an_executable_named_jpg_is_refused(complaint: Complaint, content: bytes) -> None:
    with pytest.raises(EvidenceError, match="What counts is its content"):
        add(complaint, content, name="holiday.jpg")

    assert not complaint.evidence.exists()


def test_a_picture_loses_what_the_camera_noted(complaint: Complaint) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    content = picture("JPEG", exif=exif.tobytes(), comment=b"at home")
    assert b"SecretCamera" in content

    evidence = add(complaint, content)

    kept = read_evidence(evidence)
    assert b"SecretCamera" not in kept
    assert b"at home" not in kept
    assert evidence.sha256 != evidence.received_sha256
    assert Image.open(io.BytesIO(kept)).size == (20, 10)


def test_a_photo_is_turned_as_the_camera_noted(complaint: Complaint) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn

    kept = read_evidence(add(complaint, picture("JPEG", exif=exif.tobytes())))

    assert Image.open(io.BytesIO(kept)).size == (10, 20)


def test_a_moving_picture_keeps_its_frames(complaint: Complaint) -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue", "green")]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], comment=b"secret")

    kept = read_evidence(add(complaint, target.getvalue()))

    assert Image.open(io.BytesIO(kept)).n_frames == 3  # type: ignore[attr-defined]
    assert b"secret" not in kept


@pytest.mark.parametrize("size", [(50_000, 50_000), (25_000, 25_000), (1_001, 1_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    complaint: Complaint, size: tuple[int, int]
) -> None:
    with pytest.raises(EvidenceError, match="more than 1 megapixels"):
        add(complaint, huge_png(*size))


def test_a_picture_of_as_many_pixels_as_allowed_is_taken(complaint: Complaint) -> None:
    assert add(complaint, picture(size=(1_000, 1_000))).kind == "image"


def test_a_broken_picture_is_refused(complaint: Complaint) -> None:
    with pytest.raises(EvidenceError, match="cannot be opened"):
        add(complaint, huge_png(500, 500))


class Endless(io.RawIOBase):
    """An upload of 2 GB that counts what is read of it."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        self.read_bytes += size
        return b"\xff" * size if self.read_bytes < 2_000_000_000 else b""


def test_an_upload_of_2_gb_is_read_up_to_the_limit_only(complaint: Complaint) -> None:
    upload = Endless()

    with pytest.raises(EvidenceError, match="more than 1 MB"):
        add(complaint, upload)

    assert upload.read_bytes == 1_000_001


def test_an_empty_file_is_refused(complaint: Complaint) -> None:
    with pytest.raises(EvidenceError, match="empty"):
        add(complaint, b"")


def test_the_same_file_again_is_the_same_row(complaint: Complaint) -> None:
    first = add(complaint, PDF, name="a.pdf")

    assert add(complaint, PDF, name="b.pdf").pk == first.pk
    assert AuditEntry.objects.filter(action="add_evidence").count() == 1


def test_a_side_gives_as_many_files_as_the_policy_allows(complaint: Complaint) -> None:
    add(complaint, PDF)
    add(complaint, WAV)

    with pytest.raises(EvidenceError, match="2 files are here already"):
        add(complaint, OGG)


def test_nothing_is_added_after_the_end(complaint: Complaint) -> None:
    withdraw_complaint(complaint, at=FILED_AT)

    with pytest.raises(EvidenceError, match="decided or over"):
        add(complaint, PDF)


def test_a_shop_that_was_not_asked_adds_nothing(complaint: Complaint) -> None:
    with pytest.raises(EvidenceError, match="not asked"):
        add(complaint, PDF, side="shop")


def test_an_authority_is_for_the_complainant_and_staff_only(complaint: Complaint) -> None:
    evidence = add(complaint, PDF, is_authority=True)

    assert evidence.kind == "authority"
    assert not complaint.entries.for_shop().filter(kind="evidence").exists()


def test_a_name_is_shown_and_never_a_path(complaint: Complaint) -> None:
    assert add(complaint, PDF, name="..\\..\\etc/pass\x00wd\n.pdf").name == "passwd.pdf"


def scanner(folder: Path, exit_code: int) -> str:
    script = folder / "scan"
    script.write_text(f"#!/bin/sh\ntest -s $1 || exit 9\nexit {exit_code}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def test_a_scanner_that_finds_nothing_is_named(complaint: Complaint, settings: Any, tmp_path: Path) -> None:
    settings.SCAN_COMMAND = scanner(tmp_path, 0)

    assert add(complaint, PDF).scanned_by == "scan"


@pytest.mark.parametrize("exit_code", [1, None], ids=["finds something", "is not there"])
def test_what_a_scanner_does_not_pass_is_refused(
    complaint: Complaint, settings: Any, tmp_path: Path, exit_code: int | None
) -> None:
    settings.SCAN_COMMAND = "/no/such/scanner" if exit_code is None else scanner(tmp_path, exit_code)

    with pytest.raises(EvidenceError, match="harmful"):
        add(complaint, PDF)
    assert not list((tmp_path / "evidence").iterdir())


def test_content_that_was_changed_in_the_store_is_not_served(complaint: Complaint) -> None:
    evidence = add(complaint, PDF)
    evidence_store.path_of(evidence.sha256).write_bytes(PDF + b" and more")

    with pytest.raises(EvidenceError, match="cannot be read"):
        read_evidence(evidence)


def test_only_hashes_are_paths() -> None:
    with pytest.raises(evidence_store.StoreError, match=r"no SHA-256"):
        evidence_store.path_of("../../../etc/passwd")
