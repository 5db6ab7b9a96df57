"""The review of a change of 400 files and 50,000 lines in a real browser: how long it takes to open, and how long
frames take while it is scrolled. The page is the built one, its gateway a real one, with the page's policy."""

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figure import Figure
from gateway_clients import running_gateway
from team import GIVE_UP, ROLES, bash, team

from mycoderai.schemas.events import RunSubmitted

FILES = 400
CHANGED = 63
"""Lines changed in each, which makes twice as many lines of the diff."""
SCRIPT = Path(__file__).parents[2] / "web" / "e2e" / "diff_frames.mjs"
OPENS_WITHIN_MS = 1500
FRAME_MS = 50
CHANGE = f"""from pathlib import Path

for path in sorted(Path("package").rglob("*.py")):
    lines = path.read_text().splitlines()
    changed = [line.replace("compute", "recompute") for line in lines[:{CHANGED}]]
    path.write_text("\\n".join([*changed, *lines[{CHANGED}:]]) + "\\n")
"""


def measure() -> Iterator[Figure]:
    for layout, seen in asyncio.run(_measure()).items():
        if seen["complaints"]:
            raise RuntimeError(f"the page complains: {seen['complaints'][:3]}")
        about = f"diff of {FILES} files and {2 * FILES * CHANGED:,} lines, {layout}"
        opened, frames = seen["open_ms"], [*seen["frames"], *seen["jumps"]]
        yield Figure(name=f"{about}: opens", unit="ms", samples=opened, reach=OPENS_WITHIN_MS)
        yield Figure(name=f"{about}: frames while scrolling", unit="ms", samples=frames)
        yield Figure(name=f"{about}: longest frame", unit="ms", samples=[max(frames)], reach=FRAME_MS)
        late = [100 * sum(frame > FRAME_MS for frame in frames) / len(frames)]
        yield Figure(name=f"{about}: frames over {FRAME_MS} ms", unit="%", samples=late)


async def _measure() -> dict[str, dict[str, Any]]:
    async with team("process", roles=ROLES) as here, running_gateway(here.running.settings) as (_, url):
        model = here.model([[bash("python change.py")], [GIVE_UP]])
        repository = await here.repository(_files())
        log = await here.running.submit(RunSubmitted(task="Recompute.", repository=repository, model=model))
        await here.running.finished(log)
        return {layout: await _browse(f"{url}/runs/{log.run}/review", layout) for layout in ("unified", "split")}


def _files() -> dict[str, str]:
    line = '    value_{0} = compute(self.alpha[{0}], "text", key=lambda item: item.name)'
    body = "\n".join(line.format(number) for number in range(2 * CHANGED))
    return {f"package/part_{number % 20}/module_{number}.py": f"{body}\n" for number in range(FILES)} | {
        "change.py": CHANGE
    }


async def _browse(url: str, layout: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), url, layout, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    said, trouble = await process.communicate()
    if process.returncode:
        raise RuntimeError(trouble.decode(errors="replace")[-500:])
    found: dict[str, Any] = json.loads(said)
    return found
