"""The command line `mycoder`. Modules are imported by the command that needs them, so that help costs nothing."""
