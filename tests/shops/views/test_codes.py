"""Shop and agent codes in URLs."""

from __future__ import annotations

from django.urls import resolve, reverse
from hypothesis import given
from hypothesis import strategies as st

from shops.views.codes import CodeConverter

CODES = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)


@given(CODES, CODES)
def test_any_code_survives_the_way_into_a_url_and_back(shop: str, agent: str) -> None:
    match = resolve(reverse("agent_record", kwargs={"code": shop, "agent_code": agent}).replace("%", "%25"))

    assert match.url_name == "agent_record"
    assert CodeConverter().to_python(CodeConverter().to_url(shop)) == shop
    assert CodeConverter().to_python(CodeConverter().to_url(agent)) == agent


def test_a_plain_code_is_readable_in_the_url() -> None:
    assert reverse("scorecard", kwargs={"code": "shop_12.a-B"}) == "/shops/shop_12.a-B/scorecard/"


def test_slashes_spaces_and_tildes_are_escaped() -> None:
    assert reverse("scorecard", kwargs={"code": "a/b c~"}) == "/shops/a~2Fb~20c~7E/scorecard/"


def test_a_code_of_dots_is_no_folder() -> None:
    assert reverse("scorecard", kwargs={"code": ".."}) == "/shops/~2E~2E/scorecard/"
