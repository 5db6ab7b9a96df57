"""Gives live functions the code of an edited source file, without importing anything again."""

from __future__ import annotations

import gc
from collections import defaultdict
from types import CodeType, FunctionType

Key = tuple[str, int, str]


class CannotPatch(Exception):
    """The edit reaches something that only a new import can change."""


class LiveFunctions:
    """Every function object written in files below a folder. Look before `gc.freeze` hides them."""

    def __init__(self, folder: str) -> None:
        self._by_key: dict[Key, list[FunctionType]] = defaultdict(list)
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(folder):
                self._by_key[_key(thing.__code__)].append(thing)

    def patch(self, old: CodeType, new: CodeType) -> None:
        """Both are whole modules, compiled under the path the functions were imported from."""
        before, after = _code_objects(old), _code_objects(new)
        for name, codes in before.items():
            if len(codes) != len(after.get(name, [])):
                if "<lambda>" in name:
                    raise CannotPatch(name)
                continue
            for old_code, new_code in zip(codes, after[name]):
                self._replace(old_code, new_code)

    def _replace(self, old: CodeType, new: CodeType) -> None:
        for function in self._by_key.get(_key(old), ()):
            if function.__code__.co_code != old.co_code:
                raise CannotPatch(old.co_name)
            try:
                function.__code__ = new
            except ValueError as error:
                raise CannotPatch(str(error)) from error


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_firstlineno, code.co_name


def _code_objects(code: CodeType, prefix: str = "") -> dict[str, list[CodeType]]:
    """Code objects of functions by dotted name, in source order."""
    found: dict[str, list[CodeType]] = defaultdict(list)
    for const in code.co_consts:
        if isinstance(const, CodeType):
            name = f"{prefix}.{const.co_name}"
            found[name].append(const)
            for inner, codes in _code_objects(const, name).items():
                found[inner].extend(codes)
    return found
