"""Keeps rich out of the workers: structlog takes it in for tracebacks that nobody prints here.

That is 40 ms of processor time and 3 MB of every worker, a tenth of a fleet's start. To be imported before structlog;
a handler that wants rich gets it.
"""

import sys

if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
