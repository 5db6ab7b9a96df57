"""Structs as a reader of JSON sees them: types, defaults, a sample of each."""

import hashlib
from typing import Any

import docs_source
import msgspec
from docs_source import table
from msgspec import inspect

from mycoderai.schemas.failure import FailureCode

RUN = "01kaz3v9r8e4wq2n6t5y7m0xbc"
COMMIT = hashlib.sha1(b"commit", usedforsecurity=False).hexdigest()
TREE = hashlib.sha1(b"tree", usedforsecurity=False).hexdigest()

# What a field of this name holds in an example; the rest follows from the type.
SAMPLES: dict[str, Any] = {
    "arguments": '{"selection": []}',
    "attempt": 1,
    "base_commit": COMMIT,
    "base_tree": TREE,
    "branch": f"mycoder/{RUN}",
    "by": "ada",
    "call": "1-1",
    "code": FailureCode.BEYOND_MODEL,
    "command": "pytest",
    "commit": COMMIT,
    "content": "I run the tests first.",
    "duration_s": 1.5,
    "evidence": "e01kaz3w0c",
    "exit_code": 0,
    "finish_reason": "tool_calls",
    "fixed": ["tests/test_window.py::test_allows_up_to_the_limit"],
    "goal": "make the failing tests pass",
    "id": "main",
    "input_tokens": 1200,
    "isolation": "bwrap",
    "level": "bwrap",
    "message": "What happened, in a sentence.",
    "model": "offline/repair",
    "name": "run_tests",
    "output": "8 passed, 2 not green, 0 skipped in 0.6 s",
    "output_tokens": 80,
    "passed": 10,
    "path": "/home/ada/quota",
    "reason": "not needed any more",
    "role": "coder",
    "session": "s01kaz3vb0",
    "sha256": hashlib.sha256(b"bundle").hexdigest(),
    "size": 2141,
    "status": "succeeded",
    "submitted_by": "ada@workbench",
    "summary": "Changed `<` to `<=` in quota/window.py, line 12.",
    "task": "make the failing tests pass",
    "test_command": "pytest",
    "total": 10,
    "tree": TREE,
    "turn": 1,
    "turns": 3,
    "worker": "workbench:4711",
}
# Where a name means something else in one struct, or where it is better left at its default.
SAMPLES_OF: dict[tuple[str, str], Any] = {
    ("ArtifactRef", "name"): hashlib.sha256(b"bundle").hexdigest(),
    ("Evidence", "id"): "e01kaz3w0c",
    ("Limits", "turns"): 200,
    ("Message", "role"): "assistant",
    ("Message", "tool_calls"): [{"id": "1-1-0", "name": "run_tests", "arguments": "{}"}],
    ("Message", "tool_call_id"): "",
    ("ModelRequest", "step"): "main",
    ("Repository", "path"): "",
    ("RunFinished", "failure"): None,
    ("StepReady", "base"): None,
    ("TestCounts", "failed"): 0,
    ("ToolResult", "call"): "1-1-0",
    ("ToolResult", "data"): None,
}


def type_text(type_: inspect.Type) -> str:
    """The type as JSON knows it, with links to structs of ours."""
    match type_:
        case inspect.StrType():
            return "string"
        case inspect.IntType():
            return "integer"
        case inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "boolean"
        case inspect.NoneType():
            return "null"
        case inspect.AnyType():
            return "anything"
        case inspect.LiteralType(values=values):
            return ", ".join(f'`"{value}"`' for value in values)
        case inspect.EnumType(cls=cls) | inspect.StructType(cls=cls):
            return link(cls)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"list of {type_text(item)}"
        case inspect.TupleType(item_types=items):
            return f"[{', '.join(map(type_text, items))}]"
        case inspect.DictType(value_type=value):
            return f"object: string to {type_text(value)}"
        case inspect.UnionType(types=types):
            return " or ".join(type_text(one) for one in types)
    raise TypeError(f"no words for {type_}")


def link(cls: type[Any]) -> str:
    title = heading(cls)
    anchor = "".join(char for char in title.lower() if char.isalnum() or char in "-_ ").replace(" ", "-")
    return f"[{title}](#{anchor})"


def heading(cls: type[Any]) -> str:
    """A struct with a tag is known by it where it is an event, by its name elsewhere."""
    config = getattr(cls, "__struct_config__", None)
    return config.tag if config and config.tag and "." in str(config.tag) else cls.__name__


def fields_table(cls: type[Any]) -> str:
    rows = [
        [f"`{field.encode_name}`", type_text(field.type), _default(field), docs_source.field_doc(cls, field.name)]
        for field in _fields(cls)
    ]
    tag = cls.__struct_config__.tag
    if tag:
        rows.insert(0, [f"`{cls.__struct_config__.tag_field}`", f'`"{tag}"`', "required", "Says which struct this is."])
    return table(["Field", "Type", "Default", "Meaning"], rows) if rows else "No fields.\n"


def _fields(cls: type[Any]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)  # noqa: S101
    return info.fields


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, msgspec.Struct):
        return "its own defaults"
    return f"`{msgspec.json.encode(value).decode()}`"


def structs_in(*roots: type[Any]) -> list[type[Any]]:
    """The structs of ours the roots are made of, each once, in the order they are met."""
    found: dict[type[Any], None] = {}

    def visit(type_: inspect.Type) -> None:
        match type_:
            case inspect.StructType(cls=cls) if cls not in found:
                found[cls] = None
                for field in type_.fields:
                    visit(field.type)
            case inspect.VarTupleType(item_type=inner) | inspect.ListType(item_type=inner):
                visit(inner)
            case inspect.DictType(value_type=inner):
                visit(inner)
            case inspect.UnionType(types=types):
                for one in types:
                    visit(one)

    for root in roots:
        visit(inspect.type_info(root))
    return list(found)


def sample(cls: type[Any]) -> Any:
    """A value of the struct, the same on every call."""
    values = {field.name: _value(cls, field) for field in _fields(cls)}
    return msgspec.convert({name: value for name, value in values.items() if value is not msgspec.UNSET}, cls)


def _value(cls: type[Any], field: inspect.Field) -> Any:
    given = SAMPLES_OF.get((cls.__name__, field.name), SAMPLES.get(field.name, msgspec.UNSET))
    if given is not msgspec.UNSET and _fits(given, field.type):
        return given
    return _of_type(field.type) if field.required or _is_struct(field.type) else msgspec.UNSET


def _fits(value: Any, type_: inspect.Type) -> bool:
    kinds: dict[type[Any], tuple[type[Any], ...]] = {
        inspect.StrType: (str,),
        inspect.IntType: (int,),
        inspect.FloatType: (int, float),
        inspect.BoolType: (bool,),
        inspect.NoneType: (type(None),),
        inspect.EnumType: (FailureCode,),
        inspect.VarTupleType: (list,),
        inspect.LiteralType: (str,),
    }
    if isinstance(type_, inspect.UnionType):
        return any(_fits(value, one) for one in type_.types)
    if isinstance(type_, inspect.LiteralType) and value not in type_.values:
        return False
    return isinstance(value, kinds.get(type(type_), ()))


def _is_struct(type_: inspect.Type) -> bool:
    if isinstance(type_, inspect.UnionType):
        return any(_is_struct(one) for one in type_.types)
    return isinstance(type_, inspect.StructType)


def _of_type(type_: inspect.Type) -> Any:
    match type_:
        case inspect.StructType(cls=cls):
            return msgspec.to_builtins(sample(cls))
        case inspect.UnionType(types=types):
            return _of_type(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return [_of_type(item)]
        case inspect.DictType():
            return {}
        case inspect.StrType():
            return "text"
        case inspect.IntType() | inspect.FloatType():
            return 1
        case inspect.BoolType():
            return False
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.EnumType(cls=cls):
            return next(iter(cls))
    raise TypeError(f"no sample of {type_}")
