"""NATS: the embedded server, connections, streams, appends with expectation, consumption, requests, artifacts."""
