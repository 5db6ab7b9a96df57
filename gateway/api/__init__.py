"""The HTTP API under /api/v1: one file for each area, one table of all endpoints."""
