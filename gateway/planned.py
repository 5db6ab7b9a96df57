"""Who gets a task when nobody says so."""

PLANNER, CODER = "planner", "coder"
_SINGLE_HANDED = ("offline/", "scripted:")
"""Beginnings of models that do everything by themselves."""


def role_for(model: str) -> str:
    """The planner has a task split into steps first; a model that works single-handed has no use for that."""
    return CODER if model.startswith(_SINGLE_HANDED) else PLANNER
