"""What a Python file declares, by its syntax tree: arguments and methods too. Nothing of it is run."""

from __future__ import annotations

import ast
import warnings

from .declarations import Declaration, cut

MAX_PARSED = 200_000


def python_declarations(text: str) -> list[Declaration] | None:
    """None when the file cannot be parsed."""
    if len(text) > MAX_PARSED:
        return None
    warnings.simplefilter("ignore")  # about the escapes in the file's own strings
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(Declaration(node.name, cut(f"def {node.name}({_arguments(node.args)})")))
        elif isinstance(node, ast.ClassDef):
            found.append(Declaration(node.name, cut(_class(node))))
    return found


def _class(node: ast.ClassDef) -> str:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    functions = [part.name for part in node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))]
    methods = ", ".join(name for name in functions if not name.startswith("_"))
    return f"class {node.name}" + (f"({bases})" if bases else "") + (f": {methods}" if methods else "")


def _arguments(args: ast.arguments) -> str:
    names = [argument.arg for argument in (*args.posonlyargs, *args.args)]
    if args.vararg or args.kwonlyargs:
        names.append(f"*{args.vararg.arg if args.vararg else ''}")
    names += [argument.arg for argument in args.kwonlyargs]
    if args.kwarg:
        names.append(f"**{args.kwarg.arg}")
    return ", ".join(names)
