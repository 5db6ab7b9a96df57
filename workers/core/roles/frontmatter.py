"""Front matter: the YAML between two lines of `---` at the head of a Markdown file, each field with its line."""

import json
import re
from typing import NamedTuple

import yaml

from mycoderai.schemas.errors import ConfigError

MAX_CHARS = 16 * 1024
_FENCE = "---"
_NULL = "tag:yaml.org,2002:null"


class FrontMatterError(ConfigError):
    """A file has an error; the message names file and line."""

    def __init__(self, source: str, line: int, problem: str) -> None:
        super().__init__(f"{source}, line {line}: {problem}", f"correct {source}")


class Field(NamedTuple):
    value: str | tuple[str, ...] | None
    """None where nothing is said, and for what is nested."""
    line: int
    nested: bool = False


def read(text: str, source: str) -> tuple[dict[str, Field], str]:
    """Fields and body of a file; a file without front matter is all body. Raises FrontMatterError."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        return {}, "\n".join(lines).strip()
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), 0)
    if not end:
        raise FrontMatterError(source, 1, "the front matter has no end; close it with a line of ---")
    head = "\n".join(lines[1:end])
    if len(head) > MAX_CHARS:
        raise FrontMatterError(source, 1, f"the front matter is longer than {MAX_CHARS} characters")
    return _fields(head, source), "\n".join(lines[end + 1 :]).strip()


def _fields(head: str, source: str) -> dict[str, Field]:
    root = _compose(head, source)
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise FrontMatterError(source, _line(root), "the front matter is no list of `name: value`")
    fields: dict[str, Field] = {}
    for key, value in root.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if not name:
            raise FrontMatterError(source, _line(key), "a field has no name")
        if name in fields:
            raise FrontMatterError(source, _line(key), f"{name} is given twice, first in line {fields[name].line}")
        fields[name] = _field(value, _line(key))
    return fields


def _field(node: yaml.Node, line: int) -> Field:
    if isinstance(node, yaml.ScalarNode):
        return Field(None if node.tag == _NULL else str(node.value), line)
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if all(isinstance(item, yaml.ScalarNode) for item in items):
        return Field(tuple(str(item.value) for item in items), line)
    return Field(None, line, nested=True)


def _compose(head: str, source: str) -> yaml.Node | None:
    """Nodes only: nothing is constructed, so no tag makes an object and no alias grows."""
    try:
        return _nodes(head)
    except yaml.YAMLError as err:
        mended = _quoted_description(head)
        if mended == head:
            raise _error(err, source) from err
    try:
        return _nodes(mended)
    except yaml.YAMLError as err:
        raise _error(err, source) from err


def _nodes(head: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(head, Loader=yaml.SafeLoader)
    except RecursionError as err:
        raise yaml.YAMLError("it is nested too deeply") from err
    return node


def _quoted_description(head: str) -> str:
    """Descriptions are often written as plain text that is no YAML (`description: Use it when: …`)."""
    return re.sub(
        r"^(description:[ \t]+)([^\s'\"|>&*!].*)$",
        lambda found: found[1] + json.dumps(found[2].strip(), ensure_ascii=False),
        head,
        count=1,
        flags=re.MULTILINE,
    )


def _error(err: yaml.YAMLError, source: str) -> FrontMatterError:
    mark = getattr(err, "problem_mark", None)
    problem = getattr(err, "problem", None) or str(err).splitlines()[0]
    return FrontMatterError(source, mark.line + 2 if mark else 1, f"not valid YAML: {problem}")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 2
