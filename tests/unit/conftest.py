"""How long an example takes tells of the host and not of the law: a busy one holds a process up for a second."""

from hypothesis import HealthCheck, settings

settings.register_profile("any-host", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-host")
