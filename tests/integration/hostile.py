"""Bad messages made from the schemas themselves: a new type or field is tried without anybody thinking of it."""

import enum
import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect as look

DEEP = 1_000_000
RAW = (
    b"",
    b"\x00",
    b"not json",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b"{",
    b"NaN",
    b'{"kind":NaN}',
    b'"' + b"x" * 100_000,
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b'{"kind":"no.such"}',
    b'{"kind":7}',
)
_STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**63,
    10**400,
    1e308,
    "",
    "x" * 100_000,
    "a.b.*.>",
    "../../etc/passwd",
    "line\r\nNats-Msg-Id: 1\r\n\r\n",
    "\x00\x1b[31m",
    "‮",
    [],
    [[[]]],
    {},
    {"kind": "run.submitted"},
)
_VERBATIM = (b"NaN", b"Infinity", b'"\\ud800"', b'"\xff\xfe"', b"[" * 10_000 + b"]" * 10_000, b"[" * DEEP)


def sample(type_: Any) -> Any:
    """A value of a type as plain data, every optional field filled in."""
    return _sample(look.type_info(type_), 0)


def hostile(valid: dict[str, Any], rng: random.Random, count: int) -> Iterator[bytes]:
    """`count` payloads made from a good one: most are wrong in one place."""
    paths = list(_paths(valid))
    for _ in range(count):
        match rng.randrange(8):
            case 0:
                yield rng.choice(RAW)
            case 1:
                whole = msgspec.json.encode(valid)
                yield whole[: rng.randrange(len(whole))]
            case 2:
                yield json.dumps(
                    valid | {rng.choice(["unknown", "__class__", "\x00", "v2"]): rng.choice(_STRANGE)}
                ).encode()
            case 3:
                yield json.dumps(valid | {"v": rng.choice([2, 99, -1, 2**40, "1", None, 1.5])}).encode()
            case 4:
                yield _with(valid, rng.choice(paths), rng.choice(_VERBATIM))
            case _:
                yield _with(valid, rng.choice(paths), json.dumps(rng.choice(_STRANGE)).encode())


def _with(valid: dict[str, Any], path: tuple[str | int, ...], text: bytes) -> bytes:
    """The value at a path replaced by JSON text, which may be none."""
    mark = "\x01replace me\x01"
    copy = json.loads(json.dumps(valid))
    at = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = mark
    return json.dumps(copy).encode().replace(json.dumps(mark).encode(), text)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def _sample(info: Any, depth: int) -> Any:
    match info:
        case look.StructType():
            return _struct(info, depth)
        case look.UnionType(types=types):
            some = [type_ for type_ in types if not isinstance(type_, look.NoneType)]
            return None if depth > 6 else _sample(some[0], depth)
        case look.LiteralType(values=values):
            return values[-1]
        case look.EnumType(cls=cls):
            return next(member.value for member in cls if isinstance(member, enum.Enum))
        case look.StrType():
            return "x"
        case look.IntType():
            return 1
        case look.FloatType():
            return 1.0
        case look.BoolType():
            return True
        case look.ListType(item_type=item) | look.VarTupleType(item_type=item):
            return [] if depth > 6 else [_sample(item, depth + 1)]
        case look.TupleType(item_types=items):
            return [_sample(item, depth + 1) for item in items]
        case look.DictType(value_type=value):
            return {"x": _sample(value, depth + 1)}
        case look.AnyType():
            return "x"
    raise TypeError(f"no sample is known of {info}")


def _struct(info: look.StructType, depth: int) -> dict[str, Any]:
    tag = {} if info.tag_field is None else {info.tag_field: info.tag}
    return tag | {field.encode_name: _sample(field.type, depth + 1) for field in info.fields}
