"""The stateless workers: orchestrator, agents, executor, model, memory."""
