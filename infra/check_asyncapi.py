"""`python infra/check_asyncapi.py SCHEMA`: our AsyncAPI document has the form that AsyncAPI's own schema demands, and
whatever it refers to is there. Says what is wrong and ends with 1."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

DOCUMENT = Path(__file__).parents[1] / "gateway" / "documents" / "asyncapi.json"


def main(schema: str) -> int:
    document = json.loads(DOCUMENT.read_text())
    errors = Draft7Validator(json.loads(Path(schema).read_text())).iter_errors(document)
    wrong = [f"{error.json_path}: {error.message:.300}" for error in errors]
    wrong += [f"nothing is at {ref}" for ref in sorted(set(_refs(document))) if not _is_there(document, ref)]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


def _refs(part: Any) -> Iterator[str]:
    match part:
        case dict():
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for value in part.values():
                yield from _refs(value)
        case list():
            for value in part:
                yield from _refs(value)


def _is_there(document: Any, ref: str) -> bool:
    for key in ref.removeprefix("#/").split("/"):
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
