from .policy import Policy
from .users import User

__all__ = ["Policy", "User"]
