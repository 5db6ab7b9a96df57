"""Metrics as Prometheus reads them (text format 0.0.4).

Written by hand: it is this page of code, where the client library costs each worker 90 ms of its start.
"""

from collections.abc import Iterable

from mycoderai.broker.metrics import METRICS, Metric, Row, Rows
from mycoderai.broker.report import Report

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LONGEST_LABEL = 120
_PARTS = {"counter": ("",), "gauge": ("",), "summary": ("_count", "_sum")}
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(rows: Rows, reports: Iterable[Report] = ()) -> str:
    """The values of one process or of the broker, and those of other processes, told apart by the label `worker`.

    Others are not trusted with the page: what they tell under unknown names, or in another shape, is left out.
    """
    others = list(reports)
    lines: list[str] = []
    for name, metric in METRICS.items():
        samples = [line for row in rows.get(name, ()) for line in _samples(metric, row)]
        if metric.own:
            samples += [
                line for report in others for row in report.rows.get(name, ()) for line in _of(metric, row, report)
            ]
        if samples:
            lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.kind}", *samples]
    return "".join(f"{line}\n" for line in lines)


def _of(metric: Metric, row: Row, report: Report) -> list[str]:
    fits = len(row.labels) == len(metric.labels) and len(row.values) == metric.width
    return _samples(metric, row, f'worker="{_escaped(report.worker)}"') if fits else []


def _samples(metric: Metric, row: Row, *more: str) -> list[str]:
    labels = [f'{name}="{_escaped(text)}"' for name, text in zip(metric.labels, row.labels, strict=True)]
    labelled = f"{{{','.join((*labels, *more))}}}" if labels or more else ""
    parts = zip(_PARTS[metric.kind], row.values, strict=True)
    return [f"{metric.name}{part}{labelled} {_number(value)}" for part, value in parts]


def _escaped(text: str) -> str:
    return text[:LONGEST_LABEL].translate(_ESCAPED)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
