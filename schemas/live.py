"""What is happening right now, on `live.<run>.<step>.<kind>`: lossy, and the log says it again."""

import msgspec


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a model wrote (kind `delta`) or a command printed (kind `output`) since the last message of the call."""

    call: str = ""
    text: str = ""


class ToolBegun(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call begins (kind `tool`). Arguments are shortened."""

    tool: str
    arguments: dict[str, str]
