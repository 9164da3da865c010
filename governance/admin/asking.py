"""A form on a page of its own: shown, acted on where it is filled in well, refusals told on it with nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shops.models import User

LONGEST_NUMBER = 18
"""Digits of a row's number; more of them fit into no database."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, which refusals of the action are told on the form, and where it goes on afterwards."""

    title: str
    refusals: tuple[type[Exception], ...]
    back: str
    template: str = "governance/decision_form.html"
    context: Mapping[str, Any] = field(default_factory=dict)


def ask(request: HttpRequest, form: forms.Form, question: Question, act: Callable[[Any, User], str]) -> HttpResponse:
    """The form; where it was filled in well, the action is done and its words are shown on the page it goes back to."""
    if request.method == "POST" and form.is_valid():
        try:
            told = act(form, person_of(request))
        except question.refusals as error:
            form.add_error(None, forms.ValidationError(str(error)))
        else:
            messages.success(request, told)
            return redirect(question.back)
    context = {**admin.site.each_context(request), "title": question.title, "form": form, **question.context}
    return render(request, question.template, context)


def person_of(request: HttpRequest) -> User:
    """Who acts; the admin lets nobody in who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


def number_of(object_id: str | None) -> int:
    """The number of a row by its address; 404 for what is none."""
    text = object_id or ""
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
        raise Http404
    return int(text)
