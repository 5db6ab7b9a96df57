"""The model role: every model call of the fleet."""
