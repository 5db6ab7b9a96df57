from .loader import load
from .merge import flatten, get_path, merge

__all__ = ["flatten", "get_path", "load", "merge"]
