"""The public page that confirms the digest of an evidence file. It tells nothing about anybody."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from complaints.models import EvidenceFile
from complaints.views.forms import DigestForm
from complaints.views.link_pages import address_from, go_to, is_within_limit, link_page

DIGEST: Final = re.compile(r"[0-9a-f]{64}")
MOST_PER_MINUTE: Final = 60


@link_page
@require_safe
def verify_page(request: HttpRequest, sha256: str = "") -> HttpResponse:
    """The form for a digest, and of the digest in the address whether a file of it was handed out, and when."""
    if not sha256 and "digest" in request.GET:
        form = DigestForm(request.GET)
        if form.is_valid():
            return go_to(request, "verify", form.cleaned_data["digest"])
        return render(request, "complaints/verify.html", {"form": form}, status=422)
    if not sha256:
        return render(request, "complaints/verify.html", {"form": DigestForm()})
    digest = sha256.lower()
    if DIGEST.fullmatch(digest) is None:
        form = DigestForm({"digest": sha256})
        return render(request, "complaints/verify.html", {"form": form}, status=404)
    if not is_within_limit("verify", address_from(request), MOST_PER_MINUTE):
        return render(request, "complaints/verify.html", {"form": DigestForm(), "is_too_often": True}, status=429)
    made = EvidenceFile.objects.filter(sha256=digest).select_related("complaint").first()
    context = {"form": DigestForm(initial={"digest": digest}), "digest": digest, "made": made}
    return render(request, "complaints/verify.html", context, status=200 if made is not None else 404)
