"""What every section of the policy document is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shops.chat.standard import Number, Text

Key = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,19}$")]
"""A name for machines, at most 20 characters."""

Weight = Annotated[Number, Field(ge=0, le=100)]
Points = Annotated[Number, Field(ge=0, le=100)]
Corner = tuple[Number, Number]
"""A value and the points (0 to 100) that it earns."""


class Section(BaseModel):
    """A part of the document: never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Section):
    """A text in every language of the product."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    en: Text
    zh_hans: Text = Field(alias="zh-hans")

    def in_language(self, code: str) -> str:
        """The text for a Django language code: Chinese for zh and its variants, else English."""
        return self.zh_hans if code.lower().startswith("zh") else self.en


class NotExpressed(Section):
    """A rule of the model marketplace that rests on facts Openline does not hold."""

    rule: Text
    why: Text
