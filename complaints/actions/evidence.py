"""Evidence: files taken in within the policy's limits, kept under their hash, read again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO, Final

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.actions import evidence_store
from complaints.actions.course import audit, enter, lock_complaint, save_step, tell_systems
from complaints.actions.desk_clock import policy_at
from complaints.actions.errors import ComplaintError
from complaints.actions.evidence_store import StoreError
from complaints.actions.media_types import PICTURES, Media, media_of
from complaints.actions.pictures import PictureError, PictureTooLargeError, written_anew
from complaints.models import Complaint, Entry, Evidence
from governance.policy.sections.redress import EvidenceLimits
from shops.models import User

PIECE: Final = 1 << 20
MEGA: Final = 1_000_000
LONGEST_NAME: Final = 200


class EvidenceError(ComplaintError):
    """The file is not taken; the message says why and what to do."""


def add_evidence(
    complaint: Complaint,
    *,
    side: str,
    name: str,
    content: bytes | BinaryIO,
    at: datetime,
    by: User | None = None,
    is_authority: bool = False,
) -> Evidence:
    """Take a file in for one side; return its row, the earlier one where the same side gave the same file before.

    What it is comes from its content; a picture is written anew without metadata. Nothing is read past the policy's
    limit. Raises EvidenceError for what is no evidence, is too large or too much, or where the scanner did not pass it,
    and once the complaint is over.
    """
    limits = policy_at(at).rules().redress.evidence
    received = _read(content, limits)
    media = media_of(received)
    if media is None or (is_authority and media.kind == Evidence.Kind.AUDIO):
        raise EvidenceError(
            _(
                "This file is neither a picture (PNG, JPEG, WebP, GIF) nor a PDF nor a recording (MP3, M4A, OGG, WAV). "
                "What counts is its content, not its name. Send one of these."
            )
        )
    scanned_by = _scanned(received)
    kept = _kept(received, media, limits)
    sha256 = evidence_store.put(kept)
    with transaction.atomic():
        complaint = lock_complaint(complaint.pk)
        _check_may_add(complaint, side)
        earlier = complaint.evidence.filter(side=side, sha256=sha256, erased_at=None).first()
        if earlier is not None:
            return earlier
        held = complaint.evidence.filter(side=side, erased_at=None).exclude(kind=Evidence.Kind.CONVERSATION).count()
        if held >= limits.max_files:
            raise EvidenceError(
                _("%(limit)d files are here already, and more are not taken. Say the rest in words.")
                % {"limit": limits.max_files}
            )
        evidence = Evidence.objects.create(
            complaint=complaint,
            kind=Evidence.Kind.AUTHORITY if is_authority else media.kind,
            side=side,
            name=clean_name(name),
            media_type=media.media_type,
            size_bytes=len(kept),
            sha256=sha256,
            received_sha256=hashlib.sha256(received).hexdigest(),
            added_at=at,
            added_by=by,
            scanned_by=scanned_by,
        )
        enter(
            complaint,
            Entry.Kind.EVIDENCE,
            side=side,
            at=at,
            by=by,
            text=evidence.name,
            audience=Entry.Audience.BUYER if is_authority else Entry.Audience.EVERYBODY,
        )
        save_step(complaint)
        audit(complaint, "add_evidence", by=by, detail={"side": side, "sha256": sha256})
        keep_for_good(kept)
        tell_systems([complaint], at)
    return evidence


def read_evidence(evidence: Evidence) -> bytes:
    """The content, checked against its hash. Raises EvidenceError where it was erased or is lost."""
    if evidence.erased_at is not None:
        raise EvidenceError(_("The content of this file was erased; only its hash is kept."))
    try:
        return evidence_store.get(evidence.sha256)
    except StoreError as error:
        raise EvidenceError(_("The file cannot be read at the moment. Tell the platform its reference.")) from error


def erase_contents(evidence: Iterable[Evidence], *, at: datetime) -> int:
    """Erase what some rows hold, inside the caller's transaction; how many rows. The rows and their hashes stay.

    A content goes when the transaction is committed, unless another row needs it.
    """
    erased = 0
    for row in evidence:
        if Evidence.objects.filter(pk=row.pk, erased_at=None).update(erased_at=at, name=""):
            erased += 1
            transaction.on_commit(lambda sha256=row.sha256: _remove_unless_needed(sha256))  # type: ignore[misc]
    return erased


def keep_for_good(content: bytes) -> None:
    """See to it, once the present transaction is committed, that its content lies in the store.

    Somebody who erased the same content elsewhere may have removed it between our writing it and our commit.
    """
    transaction.on_commit(lambda: evidence_store.put(content) and None)


def clean_name(name: str) -> str:
    """The name as it is shown: without folders and control characters, never empty, never used as a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[:LONGEST_NAME] or "file"


def _read(content: bytes | BinaryIO, limits: EvidenceLimits) -> bytes:
    """The whole content; not one piece more is read than shows that it is too large."""
    limit = limits.max_megabytes * MEGA
    source: BinaryIO = io.BytesIO(content) if isinstance(content, bytes) else content
    pieces, size = [], 0
    while piece := source.read(min(PIECE, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise EvidenceError(
                _("The file has more than %(limit)d MB. Send a smaller one, or a part of it.")
                % {"limit": limits.max_megabytes}
            )
    if not size:
        raise EvidenceError(_("The file is empty. Choose it again."))
    return b"".join(pieces)


def _scanned(content: bytes) -> str:
    try:
        return evidence_store.scan(content)
    except StoreError as error:
        raise EvidenceError(
            _("The file did not pass the check for harmful programs. Send it in another form, or try again later.")
        ) from error


def _kept(content: bytes, media: Media, limits: EvidenceLimits) -> bytes:
    """What is stored: pictures written anew, everything else as it came."""
    if media.media_type not in PICTURES:
        return content
    try:
        return written_anew(content, PICTURES[media.media_type], max_pixels=limits.max_megapixels * MEGA)
    except PictureTooLargeError as error:
        raise EvidenceError(
            _("The picture has more than %(limit)d megapixels. Send a smaller one.") % {"limit": limits.max_megapixels}
        ) from error
    except PictureError as error:
        raise EvidenceError(_("The picture cannot be opened. Save it anew and send it again.")) from error


def _check_may_add(complaint: Complaint, side: str) -> None:
    if not complaint.is_open() or complaint.decision_id is not None:
        raise EvidenceError(_("Nothing can be added any more: the complaint is decided or over. You may appeal."))
    if side == Evidence.Side.SHOP and complaint.told_shop_at is None:
        raise EvidenceError(_("The shop is not asked about this complaint."))


def _remove_unless_needed(sha256: str) -> None:
    """Remove a content that no row needs any more. Alone with its folder: who takes it in again waits, then writes."""
    path = evidence_store.path_of(sha256)
    with evidence_store.locked(path.parent):
        if not Evidence.objects.filter(sha256=sha256, erased_at=None).exists():
            path.unlink(missing_ok=True)
