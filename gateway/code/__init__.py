"""Code at any checkpoint of a run: differences, files, and which step wrote what."""
