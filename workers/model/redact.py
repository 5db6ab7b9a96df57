"""Keeps keys out of what is logged, stored and shown."""

import re
from collections.abc import Mapping

_SECRET = re.compile(r"(_KEY|_TOKEN|_SECRET|_PASSWORD)$", re.IGNORECASE)
_LOOKS_LIKE_A_KEY = re.compile(r"\b(sk|pk|key|gsk|xai)-[A-Za-z0-9_\-*.]{8,}|\bBearer\s+\S+")
MIN_LENGTH = 6
"""Shorter values would take ordinary words away."""


def redact(text: str, env: Mapping[str, str]) -> str:
    values = [value for name, value in env.items() if _SECRET.search(name) and len(value) >= MIN_LENGTH]
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "***")
    return _LOOKS_LIKE_A_KEY.sub("***", text)
