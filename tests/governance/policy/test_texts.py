"""Texts that are no policy at all."""

from __future__ import annotations

import pytest

from governance.policy.problems import PolicyError
from governance.policy.reading import read_policy, read_preset_text

DEFAULT = read_preset_text("default")


def messages_of(content: str | bytes) -> list[str]:
    """The problems of a text, as their author reads them."""
    with pytest.raises(PolicyError) as caught:
        read_policy(content, "mine.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("content", ["", "   \n", "# nothing but a comment", b""])
def test_an_empty_document(content: str | bytes) -> None:
    assert messages_of(content) == ["the document: The document is empty. Start from a copy of the preset `default`."]


@pytest.mark.parametrize("content", ["- a\n- b", "just a text", "[1, 2]", "7"])
def test_a_document_that_is_no_mapping(content: str) -> None:
    assert messages_of(content) == [
        "the document (line 1): The document is not a mapping of sections. Start it with `format: 1`, then `name:`."
    ]


def test_a_text_that_is_not_utf_8() -> None:
    assert messages_of("format: 1\nname: 通用".encode("gb18030")) == [
        "the document (line 2): The text is not UTF-8 (byte 19). Save the file with the encoding UTF-8."
    ]


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_policy(b"\xef\xbb\xbf" + DEFAULT.encode()) == read_policy("\ufeff" + DEFAULT)


def test_a_control_character() -> None:
    assert messages_of("format: 1\nname: a\x01b") == [
        "the document (line 2): The text holds the control character U+0001. Remove it; policies are plain text."
    ]


def test_a_lone_surrogate() -> None:
    assert messages_of("name: \ud800") == [
        "the document (line 1): The text holds the control character U+D800. Remove it; policies are plain text."
    ]


def test_a_slip_of_the_syntax() -> None:
    assert messages_of("format: 1\nname: [a, b\ntitle: x") == [
        (
            "the document (line 3): This is not YAML: while parsing a flow sequence, expected ',' or ']', but got ':'. "
            "Check the indentation, colons, brackets and quotes there."
        )
    ]


def test_a_second_document() -> None:
    assert messages_of("a: 1\n---\nb: 2") == [
        (
            "the document (line 2): This is not YAML: expected a single document in the stream, but found another "
            "document. Check the indentation, colons, brackets and quotes there."
        )
    ]


@pytest.mark.parametrize(("size", "is_too_large"), [(1_000_000, False), (1_000_001, True)])
def test_a_document_of_more_than_a_million_bytes(size: int, is_too_large: bool) -> None:
    messages = messages_of("#" * size)

    assert messages[0].startswith("the document: The document is too large: 1,000,001 bytes") is is_too_large


def test_aliases_are_refused_so_that_no_text_is_more_than_it_looks() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]"
    assert messages_of(bomb) == [
        "the document (line 2): This is not YAML: the alias *a stands for something else. Write the value out."
    ]


def test_nesting_without_end_is_refused() -> None:
    assert messages_of("[" * 100_000) == [
        "the document (line 1): This is not YAML: it is nested more than 20 deep. Remove the inner brackets."
    ]


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("!!python/object/apply:os.system [ls]", "!!python/object/apply:os.system"),
        ("!!set {a}", "!!set"),
        ("!x y", "!x"),
    ],
)
def test_tags_are_refused_and_construct_nothing(value: str, tag: str) -> None:
    assert messages_of(f"format: {value}")[0] == (
        f"format (line 1): The tag {tag} is not allowed. Write the plain value."
    )


def test_a_number_of_thousands_of_digits() -> None:
    assert messages_of(f"format: {'9' * 5_000}") == [
        "format (line 1): This number cannot be read. Write a shorter number."
    ]


def test_a_key_that_is_a_list() -> None:
    assert messages_of("? [a]\n: 1") == [
        "the document (line 1): A key is a list or a mapping. Write a plain name before the colon."
    ]
