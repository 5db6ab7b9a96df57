"""Which items in Redis may match a search: every item with one of the words, the most telling first.

The index of words is kept in sets, one for each word of a place, with the words as SQLite's own index has them. What
really matches, and how well, is then told by SQLite on the candidates.
"""

import math
from collections import Counter
from collections.abc import Sequence

from mycoderai.schemas.notes import Place
from mycoderai.workers.memory.redis_rows import Rows, Wanted
from mycoderai.workers.memory.terms import expression, phrases
from mycoderai.workers.memory.workbench import Workbench

MOST_CANDIDATES = 500
"""A search that matches more items than this looks at those with the rarest of the words only."""


async def candidates(rows: Rows, bench: Workbench, text: str, places: Sequence[Place]) -> list[Wanted]:
    names = [name for place in places for name in await _sets(rows, bench, text, (place.scope, place.owner))]
    members = await rows.having([rows.named("word", *name) for name in names])
    weights: Counter[tuple[object, ...]] = Counter()
    for (scope, owner, _), found in zip(names, members, strict=True):
        for slot in found:
            weights[scope, owner, *slot] += math.log1p(1000 / len(found))  # type: ignore[assignment]
    best = [slot for slot, _ in weights.most_common(MOST_CANDIDATES)]
    return [Wanted("items", slot[:2], [slot[2:]]) for slot in best]


async def _sets(rows: Rows, bench: Workbench, text: str, place: tuple[str, str]) -> list[tuple[str, str, str]]:
    """A phrase is looked for by its first word."""
    words: dict[str, None] = {}
    for phrase in phrases(expression(text)):
        spoken = bench.spoken(phrase.words)[:1]
        words |= dict.fromkeys(spoken)
        if phrase.begins:
            for word in spoken:
                words |= dict.fromkeys(await rows.words_from(place, word))
    return [(*place, word) for word in words]
