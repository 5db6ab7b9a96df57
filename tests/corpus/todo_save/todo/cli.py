import argparse
import sys

from .store import Store


def show(task):
    mark = "x" if task["done"] else " "
    tags = "".join(f" #{tag}" for tag in task["tags"])
    return f"[{mark}] {task['id']}. {task['title']}{tags}"


def build_parser():
    parser = argparse.ArgumentParser(prog="todo")
    parser.add_argument("--file", default="todo.json")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add")
    add.add_argument("title")
    add.add_argument("--priority", type=int, default=2)
    add.add_argument("--tag", action="append", default=[])
    done = commands.add_parser("done")
    done.add_argument("number", type=int)
    listing = commands.add_parser("list")
    listing.add_argument("--tag")
    listing.add_argument("--all", action="store_true")
    return parser


def main(argv=None):
    args = build_parser().parse_args(argv)
    store = Store(args.file)
    if args.command == "add":
        print(f"added {store.add(args.title, args.priority, args.tag)}")
    elif args.command == "done":
        try:
            store.complete(args.number)
        except KeyError:
            print(f"no task {args.number}", file=sys.stderr)
            return 1
        print(f"{store.progress()}% done")
    else:
        for task in store.tasks if args.all else store.open_tasks(args.tag):
            print(show(task))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
