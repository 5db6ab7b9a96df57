"""What web clients send and get, beyond memory's own answers: the structs of the HTTP API and of Socket.IO.

Field names are an interface (see docs/http.md). Requests refuse unknown fields, so a misspelt one is not lost silently.
"""
