"""Who asks: the name that stands in the log."""

import getpass
import socket


def who() -> str:
    """`ann@host`; empty when the system knows no name."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return ""
