"""The tables of the channel between buyers, shops and the platform, a file a noun."""

from complaints.models.complaint import MOVES, Complaint, ComplaintQuerySet
from complaints.models.desk import BlindReview, DeskTemplate, Recusal
from complaints.models.entry import Entry
from complaints.models.evidence import Evidence
from complaints.models.evidence_file import EvidenceFile
from complaints.models.matter import Matter

__all__ = [
    "MOVES",
    "BlindReview",
    "Complaint",
    "ComplaintQuerySet",
    "DeskTemplate",
    "Entry",
    "Evidence",
    "EvidenceFile",
    "Matter",
    "Recusal",
]
