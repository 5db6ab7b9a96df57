"""Matches URL paths against patterns such as /users/<int:id>/posts."""
from urllib.parse import parse_qsl, unquote


class NotFound(Exception):
    pass


class MethodNotAllowed(Exception):
    def __init__(self, allowed):
        super().__init__(", ".join(allowed))
        self.allowed = allowed


CONVERTERS = {"int": int, "str": str, "float": float}


def split_path(path):
    return [part for part in path.split("/") if part]


def parse_query(url):
    """Path and query of a URL; a repeated key becomes a list."""
    path, _, query = url.partition("?")
    values = {}
    for key, value in parse_qsl(query):
        if key not in values:
            if not isinstance(values[key], list):
                values[key] = [values[key]]
            values[key].append(value)
        else:
            values[key] = value
    return path, values


class Route:
    def __init__(self, method, pattern, handler):
        self.method = method.upper()
        self.parts = split_path(pattern)
        self.handler = handler

    def match(self, path):
        """The captured values, or None."""
        parts = split_path(path)
        if len(parts) != len(self.parts):
            return None
        captured = {}
        for expected, actual in zip(self.parts, parts):
            if expected.startswith("<") and expected.endswith(">"):
                kind, _, name = expected[1:-1].partition(":")
                try:
                    captured[name] = CONVERTERS[kind or "str"](unquote(actual))
                except ValueError:
                    return None
            elif expected != actual:
                return None
        return captured


class Router:
    def __init__(self):
        self.routes = []

    def add(self, method, pattern, handler):
        self.routes.append(Route(method, pattern, handler))

    def get(self, pattern):
        def register(handler):
            self.add("GET", pattern, handler)
            return handler

        return register

    def resolve(self, method, url):
        path, query = parse_query(url)
        allowed = []
        for route in self.routes:
            captured = route.match(path)
            if captured is None:
                continue
            if route.method == method.upper():
                return route.handler, captured, query
            allowed.append(route.method)
        if allowed:
            raise MethodNotAllowed(sorted(allowed))
        raise NotFound(path)

    def dispatch(self, method, url):
        handler, captured, query = self.resolve(method, url)
        return handler(**captured, **query)
