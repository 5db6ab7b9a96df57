"""Roles and the files that make them; what a repository tells agents."""
