from .quote import quote
from .zones import zone_for

__all__ = ["quote", "zone_for"]
