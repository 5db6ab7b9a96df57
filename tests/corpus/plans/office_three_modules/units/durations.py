"""Durations such as 1h30m as seconds, and back."""
import re

SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
PART = re.compile(r"(\d+)([dhms])")


def parse_duration(text):
    text = text.replace(" ", "").lower()
    parts = PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"not a duration: {text}")
    return sum(int(number) * SECONDS[unit] for number, unit in parts)


def format_duration(seconds):
    if seconds == 0:
        return "0s"
    parts = []
    for unit, size in SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)


def human_size(size):
    for unit in ("B", "KB", "MB", "GB"):
        if size <= 1024:
            return f"{size:.1f} {unit}" if unit != "B" else f"{size} B"
        size /= 1024
    return f"{size:.1f} TB"
