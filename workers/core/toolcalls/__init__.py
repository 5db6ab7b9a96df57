"""Reading what a model wrote as a tool call's arguments."""
