"""The archive that a complainant takes along: what was said and decided, with the hash of everything in it."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from complaints.actions.course import audit
from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import read_evidence
from complaints.actions.filing import is_party
from complaints.actions.personal_data import course_for_buyer, decision_of, remedies_of
from complaints.actions.snapshot import BROKEN, canonical
from complaints.models import Complaint, Evidence, EvidenceFile
from shops.actions.read_receipt import read_receipt
from shops.models import BuyerLink

logger = logging.getLogger(__name__)

MOST_BYTES: Final = 100_000_000
"""Of uploaded files in one archive; what is over is named with its hash, and downloaded one by one."""
README: Final = (
    "This archive holds what Openline has of the complaint: its course, the conversation, receipts, the decision.\n"
    "manifest.json lists every file with its SHA-256. Whoever is shown the archive can have its own SHA-256 confirmed\n"
    "on the page /verify/ of the marketplace.\n\n"
    "本文件包含 Openline 保存的投诉资料：处理经过、对话、回执和决定。manifest.json 列出每个文件的 SHA-256。\n"
    "任何人都可以在平台的 /verify/ 页面核对本文件自身的 SHA-256。\n"
)


def make_evidence_file(complaint: Complaint, *, at: datetime) -> tuple[bytes, EvidenceFile]:
    """The archive (zip) as of an instant, and the row that keeps its digest; the archive itself is not kept.

    The same complaint at the same instant gives the same bytes. Files that cannot be read are named as missing.
    """
    evidence = list(evidence_for_complainant(complaint).order_by("pk"))
    files: dict[str, bytes] = {"README.txt": README.encode(), "complaint.json": _pretty(_complaint(complaint))}
    decision = decision_of(complaint)
    if decision is not None:
        files["decision.json"] = _pretty(decision)
    receipt = _receipt(complaint, at)
    if receipt is not None:
        files["receipts.json"] = _pretty(receipt)
    listed = _add_evidence(files, evidence)
    files["manifest.json"] = _pretty(
        {
            "complaint": complaint.code,
            "made_at": at.isoformat(),
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
            "evidence": listed,
        }
    )
    content = _zipped(files, at)
    with transaction.atomic():
        row, is_new = EvidenceFile.objects.get_or_create(
            sha256=hashlib.sha256(content).hexdigest(),
            defaults={"complaint": complaint, "size_bytes": len(content), "made_at": at},
        )
        if is_new:
            audit(complaint, "make_evidence_file", by=None, detail={"sha256": row.sha256})
    return content, row


def evidence_for_complainant(complaint: Complaint) -> QuerySet[Evidence]:
    """What the complainant may have: the own files, for a party those of the shop and the conversation, too."""
    sides = Q(side=Evidence.Side.BUYER)
    if is_party(complaint):
        sides |= Q(side=Evidence.Side.SHOP) | Q(kind=Evidence.Kind.CONVERSATION)
    return Evidence.objects.filter(sides, complaint=complaint, erased_at=None)


def _complaint(complaint: Complaint) -> dict[str, Any]:
    return {
        "reference": complaint.code,
        "kind": complaint.kind,
        "standing": complaint.standing,
        "state": complaint.state,
        "shop": {"id": complaint.shop.code, "name": complaint.shop.name},
        "filed_at": complaint.filed_at.isoformat(),
        "text": complaint.text,
        "wish": complaint.wish,
        "answer": {"en": complaint.outcome_en, "zh-hans": complaint.outcome_zh_hans},
        "course": course_for_buyer(complaint),
        "remedies": remedies_of(complaint),
    }


def _receipt(complaint: Complaint, at: datetime) -> list[dict[str, Any]] | None:
    """What became of the buyer's messages, as the receipt page says it; None for reports and an unreadable log."""
    if not complaint.buyer_id or complaint.standing == Complaint.Standing.THIRD_PARTY:
        return None
    link = BuyerLink(  # never saved: only what a receipt is read for
        shop=complaint.shop,
        buyer_id=complaint.buyer_id,
        conversation_id=complaint.conversation_id,
        message_id=complaint.message_id,
        created_at=complaint.filed_at,
        expires_at=at,
    )
    try:
        receipt = read_receipt(link, as_of=at)
    except BROKEN:
        logger.exception("The receipt for complaint %s could not be read", complaint.code)
        return None
    return [
        {
            "message_id": each.message_id,
            "sent_at": each.sent_at.isoformat(),
            "outcome": each.outcome.value,
            "answered_at": each.answered_at.isoformat() if each.answered_at else None,
            "wait_seconds": each.wait_seconds,
        }
        for each in receipt.questions
    ]


def _add_evidence(files: dict[str, bytes], evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Put the contents into the archive as far as they fit; what there is, with its hash and where it lies."""
    listed, size = [], 0
    for each in evidence:
        name = ""
        if size + each.size_bytes <= MOST_BYTES:
            try:
                content = read_evidence(each)
            except ComplaintError:
                logger.warning("Evidence %s is missing in the archive: it cannot be read", each.pk)
            else:
                # A name of ours: what the uploader called the file could be anything.
                name = f"evidence/{each.pk}-{each.sha256[:12]}{_suffix(each.media_type)}"
                files[name] = content
                size += len(content)
        listed.append(
            {
                "kind": each.kind,
                "side": each.side,
                "name": each.name,
                "media_type": each.media_type,
                "sha256": each.sha256,
                "received_sha256": each.received_sha256,
                "added_at": each.added_at.isoformat(),
                "file": name or None,
            }
        )
    return listed


def _suffix(media_type: str) -> str:
    return {"audio/mpeg": ".mp3", "audio/mp4": ".m4a", "image/jpeg": ".jpg"}.get(
        media_type, f".{media_type.rsplit('/', 1)[-1]}"
    )


def _pretty(document: object) -> bytes:
    return json.dumps(json.loads(canonical(document)), ensure_ascii=False, indent=1, sort_keys=True).encode()


def _zipped(files: dict[str, bytes], at: datetime) -> bytes:
    target = io.BytesIO()
    stamp = at.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, stamp), files[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()
