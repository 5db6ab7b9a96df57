"""Automatic repair of small faults in Python projects, guided by their failing tests.

`python -m mycoder_repair search --budget-s S` runs the suite, ranks the lines the failing tests execute, tries small
edits of them in forked processes, and prints one JSON object as its last line.
"""
