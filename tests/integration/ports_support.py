"""Ports for servers that have to be told theirs before they start."""

import random
from itertools import islice

from mycoderai.gateway.fleet_broker import port_is_free

BELOW_THE_SYSTEMS_OWN = range(20_000, 32_000)
"""What connections and `port 0` get is taken from further up, so nobody else is given one of these meanwhile."""


def free_ports(count: int) -> list[int]:
    """Of loopback."""
    # Not the shared generator: hypothesis seeds it, and every process that runs tests would try the same ones.
    shuffled = random.SystemRandom().sample(BELOW_THE_SYSTEMS_OWN, len(BELOW_THE_SYSTEMS_OWN))
    return list(islice(filter(port_is_free, shuffled), count))
