"""The process between the service and a box: builds the box, watches it, and leaves nothing of it alive.

Started fresh for every run by `python -I -S`, so start-up time is the design rule here: no import that pulls in
`enum`, `re` or `typing` (`signal`, `socket`, `json`, `dataclasses` all do), and relative imports only, because
this package is imported from its own folder without the rest of the distribution.

The service holds one end of a socket: it sends a `Job`, and gets a report when the last process is reaped.
Closing its end, or dying, ends the box.
"""
