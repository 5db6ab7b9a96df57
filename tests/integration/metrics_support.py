"""Metrics as a strict reader takes them."""

import re
from typing import NamedTuple

_LABEL = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"([a-z_:][a-z0-9_:]*)(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Series(NamedTuple):
    name: str
    labels: frozenset[tuple[str, str]]


class Page:
    """Raises AssertionError for whatever the text format (0.0.4) does not allow: a sample without its type before it,
    a family in two places, the same series twice."""

    def __init__(self, text: str) -> None:
        self.series: dict[Series, float] = {}
        self.types: dict[str, str] = {}
        assert text.endswith("\n")
        family = ""
        for line in text.splitlines():
            if line.startswith("# HELP "):
                continue
            if line.startswith("# TYPE "):
                _, _, family, kind = line.split(" ")
                assert family not in self.types, line
                self.types[family] = kind
                continue
            sample = _SAMPLE.fullmatch(line)
            assert sample, line
            name, labels, value = sample.groups()
            parts = {"summary": ("_count", "_sum")}.get(self.types[family], ("",))
            assert name in [family + part for part in parts], line
            series = Series(name, frozenset(_labels(labels or "")))
            assert series not in self.series, line
            self.series[series] = float(value)

    def value(self, name: str, **labels: str) -> float | None:
        """The sum over all that have these labels; None where there are none."""
        found = [
            value for series, value in self.series.items() if series.name == name and labels.items() <= series.labels
        ]
        return sum(found) if found else None


def _labels(text: str) -> list[tuple[str, str]]:
    pairs = re.findall(r'([a-z_]+)="((?:[^"\\\n]|\\.)*)"', text)
    return [(name, re.sub(r"\\.", lambda escape: _UNESCAPED[escape[0]], value)) for name, value in pairs]
