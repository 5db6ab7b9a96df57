"""The executor role: workspaces, sandboxes, tools, the gate. It owns disks of its host, all of it disposable."""
