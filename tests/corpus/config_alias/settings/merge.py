"""Nested dictionaries of settings."""
import copy


class Missing(KeyError):
    pass


def merge(base, override):
    """A new dictionary; nested dictionaries are merged, everything else replaced."""
    result = copy.copy(base)
    for key, value in override.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


def flatten(tree, prefix=""):
    flat = {}
    for key, value in tree.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and value:
            flat.update(flatten(value, name))
        else:
            flat[name] = value
    return flat


_REQUIRED = object()


def get_path(tree, path, default=_REQUIRED):
    node = tree
    for part in path.split("."):
        if not isinstance(node, dict) or part not in node:
            if default is _REQUIRED:
                raise Missing(path)
            return default
        node = node[part]
    return node


def set_path(tree, path, value):
    *parents, last = path.split(".")
    node = tree
    for part in parents:
        node = node.setdefault(part, {})
    node[last] = value


def difference(old, new):
    """Names added, removed and changed, each sorted."""
    before, after = flatten(old), flatten(new)
    added = sorted(after.keys() - before.keys())
    removed = sorted(before.keys() - after.keys())
    changed = sorted(k for k in before.keys() & after.keys() if before[k] != after[k])
    return added, removed, changed
