"""What the source says about a struct's fields: the string under each."""

import ast
import inspect
from functools import cache
from types import ModuleType


@cache
def fields_of_module(module: ModuleType) -> dict[tuple[str, str], str]:
    """Docstring by class and field, for every class of a module."""
    found = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, under in zip(node.body, node.body[1:], strict=False):
            match field, under:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[node.name, name] = " ".join(inspect.cleandoc(text).split())
    return found
