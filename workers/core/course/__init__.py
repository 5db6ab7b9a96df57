"""Keeping a step on course: loops, and conversations that are too long."""
