"""Reads KEY=VALUE lines and the environment."""
from .merge import set_path

TRUE_WORDS = ("1", "true", "yes", "on")


def convert(text):
    lowered = text.lower()
    if lowered in ("true", "yes", "on"):
        return True
    if lowered in ("false", "no", "off"):
        return False
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def parse_lines(text):
    tree = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise ValueError(f"line {number}: no '='")
        set_path(tree, key.strip(), convert(value.strip()))
    return tree


def from_environment(environ, prefix="APP_"):
    tree = {}
    for name, value in sorted(environ.items()):
        if name.startswith(prefix):
            path = name[len(prefix):].lower().replace("__", ".")
            set_path(tree, path, convert(value))
    return tree


def load(text, environ):
    from .merge import merge

    return merge(parse_lines(text), from_environment(environ))
