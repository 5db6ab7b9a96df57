"""The way in for people: the command line, and the supervisor that starts the broker and the workers."""
