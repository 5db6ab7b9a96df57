"""Reading tool calls for what a person should see first."""
