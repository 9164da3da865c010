"""Files in forms: several at once, none longer than the policy allows, and no body that could fill a disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, BinaryIO, Concatenate, Final, ParamSpec, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from complaints.actions.evidence import add_evidence
from complaints.models import Complaint
from governance.models import Policy
from governance.policy.sections.redress import EvidenceLimits, RedressRules
from shops.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

MEGABYTE: Final = 1_000_000
ROOM_FOR_TEXT: Final = MEGABYTE
"""What the other fields of a form may take."""
MOST_AT_ONCE: Final = 100 * MEGABYTE
"""Of one form. More evidence can be added later."""
ACCEPTED: Final = "image/*,application/pdf,audio/*"


class FileInput(forms.ClearableFileInput):
    """The browser's own choice of several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; cleaned, a list."""

    widget = FileInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """The files that were sent, each checked for itself."""
        sent = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(each, initial) for each in sent if each]


class BoundedUpload(FileUploadHandler):
    """Drops a file that grows beyond the limit while it arrives, and notes its name in `request.too_long`."""

    def __init__(self, request: HttpRequest, longest_bytes: int) -> None:
        super().__init__(request)
        self.longest_bytes = longest_bytes
        self.arrived = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count from 0 again."""
        super().new_file(*args, **kwargs)
        self.arrived = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:  # noqa: ARG002
        """Hand the piece on, unless the file is too long by now."""
        self.arrived += len(raw_data)
        if self.arrived > self.longest_bytes:
            assert self.request is not None
            self.request.too_long.append(self.file_name)  # type: ignore[attr-defined]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002
        """Leave the file to the handlers behind."""
        return


def redress_today() -> RedressRules:
    """The rules for complaints in force now; the defaults where no policy is in force."""
    policy = Policy.objects.in_force_on(timezone.localdate())
    return policy.rules().redress if policy is not None else RedressRules()


def takes_files(view: View[P]) -> View[P]:
    """A view whose form may carry files, refused as a whole (413) before anything of a far too long one is read."""

    @csrf_exempt
    @wraps(view)
    def bounded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request.too_long = []  # type: ignore[attr-defined]
        if request.method == "POST":
            limits = redress_today().evidence
            if _length_of(request) > most_bytes(limits) + ROOM_FOR_TEXT:
                return render(request, "complaints/too_long.html", {"limits": limits}, status=413)
            handler = BoundedUpload(request, limits.max_megabytes * MEGABYTE)
            request.upload_handlers.insert(0, handler)
        return view(request, *args, **kwargs)

    return bounded


def takes_files_of_members(view: View[P]) -> View[P]:
    """As `takes_files`, for signed-in people: checked for cross-site forms once the length is known to be bearable.

    The usual check reads the whole form first, which is what must not happen before.
    """
    return takes_files(csrf_protect(view))


def most_bytes(limits: EvidenceLimits) -> int:
    """What all files of one form may have together."""
    return min(limits.max_files * limits.max_megabytes * MEGABYTE, MOST_AT_ONCE)


def note_too_long(request: HttpRequest, form: forms.Form, limits: EvidenceLimits) -> bool:
    """Tell on the form which files were dropped for their length; True where there were any."""
    names = getattr(request, "too_long", [])
    for name in names:
        told = _(
            "%(name)s is larger than %(most)s MB and was not taken. Send a shorter recording or a smaller picture."
        )
        form.add_error(
            "evidence" if "evidence" in form.fields else None, told % {"name": name, "most": limits.max_megabytes}
        )
    return bool(names)


def keep_files(
    complaint: Complaint,
    files: Sequence[UploadedFile[Any]],
    *,
    side: str,
    at: datetime,
    by: User | None = None,
    is_authority: bool = False,
) -> None:
    """Add uploaded files to a complaint as evidence. Raises EvidenceError at the first that is not taken."""
    for each in files:
        name = each.name or _("file")
        assert each.file is not None
        content = cast("BinaryIO", each.file)
        add_evidence(complaint, side=side, name=name, content=content, at=at, by=by, is_authority=is_authority)


def _length_of(request: HttpRequest) -> int:
    """The announced length of the body; 0 where none is, since nothing is read then."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told) if told.isascii() and told.isdecimal() else 0
