"""Every test of `make chaos`, in order, with its numbers in the list of docs/RELIABILITY.md."""

from collections.abc import Mapping

import disks
import faults_broker as broker
import faults_disk as disk
import faults_gateway as gateway
import faults_memory as memory
import faults_network as network
import faults_workers as workers
from homes import MACHINES, SMALL_DISK
from scene import Case
from trials import TRIALS, Trial

STEADY = "steady"
"""The task of steps that neither stumble nor hang."""

CASES = (
    Case("an agent killed every second", "1", workers.one_agent_every_second),
    Case("all agents killed at once", "2", workers.all_agents_at_once),
    Case("killed between effect and result", "3", workers.between_effect_and_result),
    Case("killed between result and acknowledgement", "4", workers.between_result_and_acknowledgement),
    Case("a zombie", "5", workers.zombie),
    Case("a zombie that talks", "6", workers.zombie_that_talks, task=STEADY),
    Case("a blocked event loop", "7", workers.blocked_event_loop),
    Case("a deaf worker", "8", workers.deaf),
    Case("memory workers killed", "9, 10, 11", memory.killed, memory=True),
    Case("a memory worker stopped", "12", memory.stopped, memory=True),
    Case("memory's file locked", "13", memory.locked, memory=True),
    Case("memory has no room", "14", memory.no_room, memory=True, lacks=disks.why_not),
    Case("memory's files damaged", "15", memory.damaged, memory=True),
    Case("orchestrators killed", "1", workers.orchestrators),
    Case("the broker killed", "16", broker.killed, memory=True),
    Case("the broker told to end", "17", broker.told_to_end),
    Case("the broker stopped", "18", broker.stopped, seconds=5.0),
    Case("full streams", "25", broker.full),
    Case("everything handed in again", "26", broker.handed_in_again, seconds=2.0),
    Case("repeated and reordered appends", "27", broker.repeated_and_reordered, seconds=3.0),
    Case("senseless messages", "34, 35", broker.senseless, memory=True),
    Case("a poisoned step", "36", workers.poison),
    Case("a command given up", "37", broker.given_up, seconds=2.0),
    Case("gateways and the broker killed", "39", gateway.browsers_watch, seconds=6.0),
    Case("a deployment", "43", workers.deployment, memory=True),
    Case("the broker's disk full", "24", disk.full, seconds=6.0, memory=True, home=SMALL_DISK),
    Case("machines cut off", "28, 29", network.cut_off, seconds=14.0, rate=15.0, home=MACHINES),
)
BY_NAME: Mapping[str, Case | Trial] = {case.name: case for case in (*CASES, *TRIALS)}
