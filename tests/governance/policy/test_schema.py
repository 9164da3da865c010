"""The typed document: round trips, digests, titles and privileges; and the presets."""

from __future__ import annotations

import json
import re

import pytest
from pydantic import ValidationError

from governance.policy.problems import PolicyError
from governance.policy.reading import list_presets, load_preset, read_policy, read_preset_text
from governance.policy.schema import GradePrivileges, PolicyDocument

PRESETS = [load_preset(name) for name in list_presets()]


def named(document: PolicyDocument) -> str:
    return document.name


def test_the_presets_are_the_marketplace_the_forum_and_those_after_real_ones() -> None:
    names = ["default", "douyin", "ebay", "forum", "jd", "shopee", "taobao"]
    assert list(list_presets()) == names
    assert [document.name for document in PRESETS] == names


def test_an_unknown_preset_is_answered_with_the_known_ones() -> None:
    with pytest.raises(PolicyError, match=re.escape('There is no preset "forums". Did you mean "forum"?')):
        load_preset("forums")
    with pytest.raises(PolicyError, match=r"Use one of: default, douyin, ebay, forum, jd, shopee, taobao\."):
        load_preset("../../secrets")


@pytest.mark.parametrize("document", PRESETS, ids=named)
class TestRoundTrip:
    """What is stored is what was written."""

    def test_the_stored_json_reads_back_as_the_same_document(self, document: PolicyDocument) -> None:
        again = PolicyDocument.from_json(document.to_json())

        assert again == document
        assert again.to_json() == document.to_json()

    def test_json_that_a_database_has_loaded_reads_back_too(self, document: PolicyDocument) -> None:
        reordered = dict(reversed(json.loads(document.to_json()).items()))

        assert PolicyDocument.from_json(reordered).digest == document.digest

    def test_the_json_is_canonical(self, document: PolicyDocument) -> None:
        text = document.to_json()

        assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def test_the_json_is_a_policy_text_of_its_own(self, document: PolicyDocument) -> None:
        assert read_policy(document.to_json()) == document


def test_comments_and_order_do_not_change_the_digest_and_a_number_does() -> None:
    text = read_preset_text("forum")
    digest = read_policy(text).digest

    assert len(digest) == 64
    assert read_policy(f"# mine\n{text}").digest == digest
    assert read_policy(text.replace("target_seconds: 28800", "target_seconds: 28801")).digest != digest


def test_a_default_that_is_left_out_and_one_that_is_written_are_the_same_policy() -> None:
    text = read_preset_text("default")

    assert read_policy(text.replace("measures_window_days: 30 ", "# ")).digest == read_policy(text).digest


def test_a_document_cannot_be_unsound_by_any_road() -> None:
    data = json.loads(load_preset("default").to_json())
    data["shops"]["dimensions"][0]["weight"] = 20

    with pytest.raises(ValidationError, match=r"shops\.dimensions: The weights of the dimensions add up to 95"):
        PolicyDocument.from_json(data)


def test_a_document_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_preset("default").measures_window_days = 7  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "title"),
    [("en", "A (good)"), ("zh-hans", "A 级（优良）"), ("zh-CN", "A 级（优良）"), ("de", "A (good)")],
)
def test_a_title_comes_in_the_readers_language(code: str, title: str) -> None:
    assert load_preset("default").title_of("A").in_language(code) == title


def test_a_shop_with_a_grade_of_a_former_policy_has_what_is_granted_provisionally() -> None:
    document = load_preset("default")

    assert document.privileges_of("gold") == document.provisional.privileges
    assert document.title_of("gold") == document.provisional.title


@pytest.mark.parametrize("document", PRESETS, ids=named)
def test_going_down_the_ladder_takes_and_going_up_never_does(document: PolicyDocument) -> None:
    keys = [grade.key for grade in document.grades]

    for worse, better in [(low, high) for position, low in enumerate(keys) for high in keys[:position]]:
        assert document.takes_privilege(better, worse)
        assert not document.takes_privilege(worse, better)


@pytest.mark.parametrize("document", PRESETS, ids=named)
def test_a_new_shop_can_be_given_a_grade_without_proof(document: PolicyDocument) -> None:
    gentle = [grade.key for grade in document.grades if not document.takes_privilege("provisional", grade.key)]
    grades = [grade.key for grade in document.grades]

    assert gentle
    assert gentle == grades[: len(gentle)]
    if document.name in {"default", "forum"}:
        assert gentle == ["S", "A", "B"]  # C and D take something away, and so need proof


@pytest.mark.parametrize("document", PRESETS, ids=named)
def test_the_line_earns_60_points_and_the_target_90(document: PolicyDocument) -> None:
    for dimension in document.shops.dimensions:
        points = dict(dimension.curve or ())
        if dimension.line is not None and dimension.target is not None:
            assert (points[dimension.line], points[dimension.target]) == (60, 90), dimension.key


def test_a_search_weight_may_be_any_number_of_hundredths() -> None:
    privileges = load_preset("default").privileges_of("S").model_dump()

    for hundredths in range(1_000):  # floating point knows 0.29 only nearly
        GradePrivileges.model_validate({**privileges, "search_weight": hundredths / 100})
    with pytest.raises(ValidationError, match=r"multiple of 0\.01"):
        GradePrivileges.model_validate({**privileges, "search_weight": 0.295})
