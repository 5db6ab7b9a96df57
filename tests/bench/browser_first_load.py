"""What index.html makes a browser load before anything is shown, gzipped: the sum `web/size.mjs` holds builds to."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from figure import Figure

WEB = Path(__file__).parents[2] / "web"
SUM = re.compile(r"([\d.]+) KiB  of (\d+) KiB")


def measure() -> Iterator[Figure]:
    done = subprocess.run(["node", "size.mjs"], cwd=WEB, capture_output=True, text=True, check=False)
    found = SUM.search(done.stdout)
    if not found:
        raise RuntimeError(done.stderr.strip()[-200:] or "the page is not built")
    size, most = map(float, found.groups())
    yield Figure(name="first load of the page, gzip", unit="KiB", samples=[size], reach=most)
