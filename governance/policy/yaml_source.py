"""Policy documents as text: plain data from YAML (or JSON), with the line of everything in it.

Only what a policy needs is read: no tags, no aliases, no second document, so that no text can be more than it looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from governance.policy.problems import Path, Problem

BYTES_LIMIT: Final = 1_000_000
DEPTH_LIMIT: Final = 20

_COLLECTION_TAGS: Final = {f"tag:yaml.org,2002:{name}" for name in ("map", "seq")}
_SCALAR_TAGS: Final = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str")}
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


@dataclass(slots=True)
class YamlSource:
    """A text as data, the line (from 1) of each path, and the problems that keep it from being read."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int | None:
        """The line of a path, or of the nearest section around it where the path itself is not written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def add_problem(self, path: Path, line: int | None, what: str, remedy: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(path, line, what, remedy))


def read_yaml(content: str | bytes) -> YamlSource:
    """Read a text; what is wrong with it stands in `problems`, and `data` then may be incomplete. Raises nothing."""
    source = YamlSource()
    text = _decode(content, source)
    if text is None or not _is_printable(text, source):
        return source
    loader = _PolicyLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            source.add_problem((), None, "The document is empty.", "Start from a copy of the preset `default`.")
        elif not isinstance(node, yaml.MappingNode):
            source.add_problem(
                (),
                _line(node),
                "The document is not a mapping of sections.",
                "Start it with `format: 1`, then `name:`.",
            )
        else:
            source.data = _plain(loader, node, (), source)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        remedy = error.note or "Check the indentation, colons, brackets and quotes there."
        source.add_problem((), None if mark is None else mark.line + 1, f"This is not YAML: {what}.", remedy)
    finally:
        loader.dispose()
    return source


class _PolicyLoader(yaml.SafeLoader):
    """YAML without aliases, and no deeper than any policy is."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node. Raises ComposerError for an alias and for nesting that no policy has."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None,
                None,
                f"the alias *{event.anchor} stands for something else",
                mark,
                "Write the value out.",
            )
        if self.depth >= DEPTH_LIMIT:
            raise yaml.composer.ComposerError(
                None, None, f"it is nested more than {DEPTH_LIMIT} deep", mark, "Remove the inner brackets."
            )
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _decode(content: str | bytes, source: YamlSource) -> str | None:
    size = len(content)
    if size > BYTES_LIMIT:
        source.add_problem(
            (),
            None,
            f"The document is too large: {size:,} bytes, the limit is {BYTES_LIMIT:,}.",
            "Check that this is a policy; shorten its word lists.",
        )
        return None
    if isinstance(content, str):
        return content.removeprefix("\N{BYTE ORDER MARK}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        source.add_problem(
            (), line, f"The text is not UTF-8 (byte {error.start + 1:,}).", "Save the file with the encoding UTF-8."
        )
        return None


def _is_printable(text: str, source: YamlSource) -> bool:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return True
    source.add_problem(
        (),
        text.count("\n", 0, found.start()) + 1,
        f"The text holds the control character U+{ord(found.group()):04X}.",
        "Remove it; policies are plain text.",
    )
    return False


def _plain(loader: _PolicyLoader, node: yaml.Node, path: Path, source: YamlSource) -> Any:
    """A node as dict, list, text, number, yes/no or None. Keys are the text that was written, also `yes` and `1`."""
    source.lines.setdefault(path, _line(node))
    if not isinstance(node, yaml.ScalarNode) and node.tag not in _COLLECTION_TAGS:
        return _refuse_tag(node, path, source)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, source)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, child, (*path, number), source) for number, child in enumerate(node.value)]
    return _scalar(loader, node, path, source)


def _mapping(loader: _PolicyLoader, node: yaml.MappingNode, path: Path, source: YamlSource) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            source.add_problem(
                path, _line(key_node), "A key is a list or a mapping.", "Write a plain name before the colon."
            )
            continue
        key = key_node.value
        here = (*path, key)
        if key in mapping:
            source.add_problem(
                here,
                _line(key_node),
                f'The key "{key}" is written twice, first on line {source.lines[here]}.',
                "Keep one of them.",
            )
            continue
        source.lines[here] = _line(key_node)
        mapping[key] = _plain(loader, value_node, here, source)
    return mapping


def _scalar(loader: _PolicyLoader, node: yaml.Node, path: Path, source: YamlSource) -> Any:
    if node.tag == _TIMESTAMP:
        return node.value
    if node.tag in _SCALAR_TAGS:
        try:
            return loader.construct_object(node)
        except ValueError:
            source.add_problem(path, _line(node), "This number cannot be read.", "Write a shorter number.")
            return None
    return _refuse_tag(node, path, source)


def _refuse_tag(node: yaml.Node, path: Path, source: YamlSource) -> None:
    tag = node.tag.replace("tag:yaml.org,2002:", "!!")
    source.add_problem(path, _line(node), f"The tag {tag} is not allowed.", "Write the plain value.")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
