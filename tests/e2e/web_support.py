"""A headless Chromium to drive from a test; see web/e2e/browser.mjs."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOT_ALLOWED = 3
"""infra/setup-browser.sh: something is missing and only root could install it."""


class Browser:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, script: str) -> Any:
        """Run the body of an async function of `page` and `context`; what it returns."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"script": script}) + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline() or '{"error": "the browser is gone"}')
        assert "error" not in reply, reply["error"]
        return reply["value"]

    def sees(self, role: str, name: str, text: str = "") -> None:
        """Wait until something of that role and name is visible, and holds the text."""
        filtered = f".filter({{hasText: {json.dumps(text)}}})" if text else ""
        self.run(f"await page.getByRole('{role}', {{name: {json.dumps(name)}}}){filtered}.first().waitFor()")


def set_up() -> None:
    """Skips the test where this host has no browser and nobody may install one."""
    done = subprocess.run(["sh", ROOT / "infra" / "setup-browser.sh"], capture_output=True, text=True, timeout=600)
    if done.returncode == NOT_ALLOWED:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr


@contextmanager
def browser() -> Iterator[Browser]:
    node = shutil.which("node")
    assert node
    process = subprocess.Popen(
        [node, ROOT / "web" / "e2e" / "browser.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT / "web",
    )
    try:
        yield Browser(process)
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout
        process.stdout.close()
