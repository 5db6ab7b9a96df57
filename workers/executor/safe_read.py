"""Reading a file that untrusted code may have put there."""

import os
import stat
from pathlib import Path


def read_untrusted(path: Path, max_bytes: int) -> bytes:
    """The content of a regular file of at most `max_bytes`. The folder must be one the code could not replace.
    Raises OSError for a link, a device, a pipe, or a file that is too large."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode) or info.st_nlink != 1 or info.st_size > max_bytes:
            raise OSError(f"{path.name} is not a plain file of at most {max_bytes} bytes")
        return file.read(max_bytes)
