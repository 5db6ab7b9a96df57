"""The table of `docs/benchmarks.md`: rewritten in place, row by row, so that a part may be measured again."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from figure import Figure

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEAD = (
    "| Figure | Durability | Unit | n | Median | p95 | p99 | Min | Reach | Met | Measured |\n"
    "|---|---|---|--:|--:|--:|--:|--:|--:|---|---|\n"
)


def write(page: Path, figures: Sequence[Figure]) -> None:
    """Put the figures into the page's table. Rows of figures not measured this time stay as they are."""
    before, _, rest = page.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    rows = {key(row): row for row in re.findall(r"^\| .*$", old, re.MULTILINE) if not row.startswith("| Figure")}
    rows |= {(figure.name, figure.durability): row(figure) for figure in figures}
    table = HEAD + "".join(f"{text}\n" for text in rows.values())
    page.write_text(f"{before}{BEGIN}\n{machine()}\n\n{table}{END}{after}")


def key(row: str) -> tuple[str, str]:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    return cells[0], cells[1]


def row(figure: Figure) -> str:
    fields = figure.fields()
    reach = "" if figure.reach is None else f"{'≥' if figure.at_least else '≤'} {figure.reach:g}"
    met = {True: "yes", False: "**no**", None: ""}[figure.met]
    values = [f"{fields[name]:g}" for name in ("median", "p95", "p99", "min")]
    cells = [figure.name, figure.durability, figure.unit, str(fields["n"]), *values, reach, met, str(date.today())]
    return "| " + " | ".join(cells) + " |"


def machine() -> str:
    """What somebody needs to know to compare: nothing that names the host."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"Machine: {os.cpu_count()} cores ({processor()}), {memory:.0f} GB, Linux {kernel()}, "
        f"Python {platform.python_version()}, shared with other work."
    )


def processor() -> str:
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def kernel() -> str:
    return ".".join(platform.release().split("-")[0].split(".")[:2])
