"""The HTTP API does what its OpenAPI document says, whatever it is asked."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fleet_support import RunningFleet
from gateway_support import gateway

from mycoderai.gateway.api.table import described

TEMPLATES = 3
"""Examples of each operation, beside one for every boundary the document has."""
LEFT_OUT = "positive_data_acceptance"
"""A schema cannot say all that makes a request sensible: an empty task has its form and is refused."""
pytestmark = pytest.mark.timeout(300)


async def test_every_answer_is_one_the_document_knows(start_fleet: Any, tmp_path: Path) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator", "memory"))
    async with gateway(msgspec.structs.replace(fleet.settings, gateway_rate=1_000)) as served:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.prefix, "contract", "bin", "schemathesis")),
            *("run", f"{served.url}/openapi.json", "--phases", "coverage,fuzzing", "--continue-on-failure"),
            *("--max-examples", str(TEMPLATES), "--generation-deterministic", "--suppress-health-check", "all"),
            *("--exclude-checks", LEFT_OUT, "--no-color"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
        )
        out, _ = await process.communicate()
    said = out.decode()
    assert process.returncode == 0, said[-6_000:]
    tested = re.search(r"Tested: (\d+)", said)
    assert tested
    assert int(tested[1]) == len(described()) + 1, "and /readyz"
