"""Every key of the format is documented, and has words for whoever reads the rules."""

from __future__ import annotations

import re
from pathlib import Path

from governance.policy.catalogue import MEASURES
from governance.policy.outline import list_keys
from governance.views.policy_words import KEY_WORDS
from governance.views.wording import MEASURE_NAMES

PAGE = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")


def test_the_page_for_authors_names_every_key_once_in_the_order_of_the_schema():
    documented = re.findall(r"^\| `([^`]+)` \| \S", PAGE, re.MULTILINE)

    assert documented == list(list_keys())


def test_the_page_for_authors_names_every_measure():
    told = PAGE.partition("## Measures")[2]
    for name in MEASURES:
        family = re.sub(r"_(mean|p50|p90)$", "", name)
        assert f"`{name}`" in told or f"`{family}`" in told, name


def test_lists_and_sections_within_sections_are_found():
    assert {"format", "peaks[].clock.target_seconds", "agents.parts[].items[].curve", "shops.rise.after_days"} <= set(
        list_keys()
    )


def test_every_key_and_measure_has_words():
    assert [key for key in list_keys() if key.rsplit(".", 1)[-1].removesuffix("[]") not in KEY_WORDS] == []
    assert set(MEASURE_NAMES) == set(MEASURES)
