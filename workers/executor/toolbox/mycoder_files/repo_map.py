"""`repo_map`: what the repository consists of, for a first look: files and what they declare, the most used first."""

from __future__ import annotations

import os
import re

from .declarations import PATTERNS, Declaration, cut, declarations, extension
from .python_source import python_declarations
from .request import integer
from .tree import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .request import Request

DEFAULT_BUDGET = 6_000
MIN_BUDGET, MAX_BUDGET = 300, 40_000
MAX_SOURCES = 6_000
MAX_READ = 64 << 10
MAX_SHOWN = 12
MAX_TOP_FILES = 20
TEST_SHARE = 0.1
"""How much of its score a test file keeps: who reads the map looks for the code."""
PLAIN_SHARE = 0.1
"""How much the use of a name counts that is one plain word, or private."""
NOT_SHOWN = "[{} more source files are not shown]"
TEST_PATH = re.compile(r"(^|/)(tests?|spec|__tests__)/|(^|/)test_[^/]*$|[._-](test|spec)s?\.\w+$")
NOT_IDENTIFIER = bytes(byte if chr(byte).isalnum() or byte in b"_$" or byte > 127 else 32 for byte in range(256))


class Source:
    """A file that declares something. names: what it declares; words: every identifier in it."""

    def __init__(self, path: str, declared: list[Declaration], words: set[bytes]) -> None:
        self.path = path
        self.declared = declared
        self.names = {declaration.name.encode() for declaration in declared}
        self.words = words
        self.score = 0.0


def run(request: Request, root: str) -> str:
    budget = min(max(integer(request, "budget", DEFAULT_BUDGET), MIN_BUDGET), MAX_BUDGET)
    paths = list(files(root))
    sources = [_source(root, path) for path in paths if extension(path) in PATTERNS][:MAX_SOURCES]
    uses = count_uses(sources)
    for source in sources:
        source.score = _score(source, uses)
    ranked = sorted(sources, key=lambda source: (-source.score, source.path))
    return _written(root, ranked, uses, paths, budget)


def _source(root: str, path: str) -> Source:
    raw = _head(os.path.join(root, path))
    declared = declarations(raw.decode("utf-8", "replace"), extension(path))
    return Source(path, declared, set(raw.translate(NOT_IDENTIFIER).split()))


def count_uses(sources: list[Source]) -> dict[bytes, float]:
    """For each declared name, how many files name it without declaring it, shared among those that declare it."""
    declaring: dict[bytes, int] = {}
    for source in sources:
        for name in source.names:
            declaring[name] = declaring.get(name, 0) + 1
    uses = dict.fromkeys(declaring, 0)
    known = set(declaring)
    for source in sources:
        for name in (known & source.words) - source.names:
            uses[name] += 1
    return {name: count * _weight(name) / declaring[name] for name, count in uses.items()}


def _weight(name: bytes) -> float:
    """A name that is a common word says little when it turns up elsewhere."""
    telling = b"_" in name.strip(b"_") or name.lower() != name
    return 1.0 if telling and not name.startswith(b"_") else PLAIN_SHARE


def _score(source: Source, uses: dict[bytes, float]) -> float:
    # Sorted, because the sum of floats depends on the order, and that of a set on the process.
    total = sum(sorted(uses[name] for name in source.names))
    return total * TEST_SHARE if TEST_PATH.search(source.path) else total


def _written(root: str, ranked: list[Source], uses: dict[bytes, float], paths: list[str], budget: int) -> str:
    top = [path for path in paths if "/" not in path and extension(path) not in PATTERNS][:MAX_TOP_FILES]
    ending = f"[{len(ranked)} source files of {len(paths)}. At the top: {', '.join(top) or 'only folders'}]"
    ending = cut(ending, budget // 3)
    left = budget - len(ending) - len(NOT_SHOWN) - 8
    blocks: list[str] = []
    for source in ranked:
        if len(source.path) >= left:
            break
        block = _fitted(_block(root, source, uses), left)
        blocks.append(block)
        left -= len(block) + 1
    if len(blocks) < len(ranked):
        blocks.append(NOT_SHOWN.format(len(ranked) - len(blocks)))
    return "\n".join([*blocks, ending])


def _fitted(block: str, room: int) -> str:
    """The block, or as many of its lines as there is room for: the first, at least, which is the path."""
    return block if len(block) < room else block[:room].rpartition("\n")[0]


def _block(root: str, source: Source, uses: dict[bytes, float]) -> str:
    """The path, and below it the declarations used most, in the order of the file."""
    declared = source.declared
    if extension(source.path) in ("py", "pyi"):
        raw = _head(os.path.join(root, source.path))
        declared = python_declarations(raw.decode("utf-8", "replace")) or declared
    by_use = sorted(range(len(declared)), key=lambda index: (-uses.get(declared[index].name.encode(), 0.0), index))
    lines = [f"  {declared[index].shown}" for index in sorted(by_use[:MAX_SHOWN])]
    if len(declared) > MAX_SHOWN:
        lines.append(f"  … {len(declared) - MAX_SHOWN} more")
    return "\n".join([source.path, *lines])


def _head(path: str) -> bytes:
    """The first MAX_READ bytes, which hold what a file is about; none of a file that may not be read."""
    if not os.access(path, os.R_OK):
        return b""
    with open(path, "rb") as file:
        return file.read(MAX_READ)
