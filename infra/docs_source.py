"""What the source says about its structs beyond their types: the string under a field."""

import inspect
from collections.abc import Mapping
from typing import Any

from mycoderai.gateway.about import fields_of_module


def field_doc(type_: type[Any], field: str) -> str:
    """The docstring under a field, also where it is inherited; empty when there is none."""
    for owner in type_.__mro__:
        module = inspect.getmodule(owner)
        if (
            module
            and module.__name__.startswith("mycoderai.")
            and (text := fields_of_module(module).get((owner.__name__, field)))
        ):
            return text
    return ""


def doc(type_: type[Any]) -> str:
    """The class's own docstring, on one line per paragraph."""
    text = type_.__dict__.get("__doc__") or ""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n"))


def said(sentences: Mapping[Any, str], about: Any, where: str) -> str:
    """What one of our own tables says. Ends with what to do when somebody added a member and no sentence."""
    if about not in sentences:
        raise SystemExit(f"{about!r} is new: say in {where} what it means")
    return sentences[about]


def cell(text: str) -> str:
    """Text for one cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell(text) for text in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
