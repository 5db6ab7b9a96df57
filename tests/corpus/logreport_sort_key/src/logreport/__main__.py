import sys

from .parse import parse
from .report import error_rate, table


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    if not argv:
        print("usage: logreport FILE", file=sys.stderr)
        return 2
    with open(argv[0]) as file:
        entries = parse(file.read())
    print(table(entries))
    print(f"errors: {error_rate(entries):.1%}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
