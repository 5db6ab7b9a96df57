"""The entry point of `mycoder`. Everything is imported late, so that Ctrl-C is met even while Python still loads."""

import sys


def main() -> None:
    try:
        from mycoderai.gateway.cli.group import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
