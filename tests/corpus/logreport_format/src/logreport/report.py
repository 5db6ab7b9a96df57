"""Figures over parsed entries."""
from collections import defaultdict


def by_path(entries):
    counts = defaultdict(int)
    for entry in entries:
        counts[entry.path] += 1
    return dict(counts)


def top_paths(entries, limit=3):
    counts = by_path(entries)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ranked[:limit]


def error_rate(entries):
    if not entries:
        return 0.0
    errors = [entry for entry in entries if entry.is_error]
    return len(errors) / len(entries)


def bytes_by_ip(entries):
    totals = {}
    for entry in entries:
        totals[entry.ip] = totals.get(entry.ip, 0) + entry.size
    return totals


def busiest_day(entries):
    days = {}
    for entry in entries:
        days.setdefault(entry.day, []).append(entry)
    if not days:
        return None
    return max(days, key=lambda day: len(days[day]))


def table(entries):
    rows = [f"{path:<12}{count:>5}" for path, count in top_paths(entries)]
    return "\n".join(["path        count", *rows])
