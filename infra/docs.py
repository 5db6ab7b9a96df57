"""The documents that are made from the code: `python infra/docs.py [--check]`.

--check writes nothing and ends with 1 when a page no longer says what the code says.
"""

import argparse
import difflib
import sys
from pathlib import Path

import docs_asyncapi
import docs_cli
import docs_messages
import docs_openapi
import docs_settings

FOLDER = Path(__file__).parents[1] / "docs"
PAGES = {
    "cli.md": docs_cli.page,
    "http.md": docs_openapi.page,
    "messages.md": docs_messages.page,
    "settings.md": docs_settings.page,
    "../gateway/documents/openapi.json": docs_openapi.document,
    "../gateway/documents/asyncapi.json": docs_asyncapi.document,
}
NOTICE = "<!-- Made from the code by `make docs`; what is changed here is lost. -->\n\n"
SHOWN_LINES = 40


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the documents that are made from the code.")
    parser.add_argument("--check", action="store_true", help="only say whether a page is stale")
    options = parser.parse_args()
    stale = False
    for name, page in PAGES.items():
        path = FOLDER / name
        old = path.read_text() if path.exists() else ""
        new = (NOTICE if path.suffix == ".md" else "") + page()
        if old == new:
            continue
        stale = True
        if options.check:
            show_difference(name, old, new)
        else:
            path.write_text(new)
            print(f"{path.name} written")
    if stale and options.check:
        print("run `make docs` and commit what it changes", file=sys.stderr)
    return 1 if stale and options.check else 0


def show_difference(name: str, old: str, new: str) -> None:
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), name, "the code", n=0, lineterm=""))
    print(f"{name} is stale:", *lines[:SHOWN_LINES], sep="\n", file=sys.stderr)
    if len(lines) > SHOWN_LINES:
        print(f"… and {len(lines) - SHOWN_LINES} lines more", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
