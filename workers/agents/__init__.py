"""Agents: the loop of model, tools and journal."""
