"""Whether a run goes on by itself, or is held: paused, or with nothing left to do before a person says something.

As `mycoder show` tells it from the log. Derived when it is asked for, from what is known of asks, questions and steps.
"""

# ruff: noqa: S608 - the expressions are put together from words of this module

_OF_RUN = "(run, shard) = (runs.run, runs.shard)"
_GOES_ON = "runs.status IN ('submitted', 'planned', 'running')"
_CANCELLED = f"EXISTS (SELECT 1 FROM asks WHERE {_OF_RUN} AND what = 'cancel')"
# A pause holds from its place in the log on, a resume once the orchestrator has taken it.
_LAST = f"""FROM asks WHERE {_OF_RUN} AND ((what = 'pause' AND accepted IS NOT 0) OR (what = 'resume' AND accepted))
    ORDER BY seq DESC LIMIT 1"""
_PAUSED = f"coalesce((SELECT what {_LAST}), '') = 'pause'"
_ASKED = f"EXISTS (SELECT 1 FROM questions WHERE {_OF_RUN} AND open)"
_AT_WORK = f"""EXISTS (SELECT 1 FROM steps WHERE {_OF_RUN}
    AND state IN ('ready', 'running', 'failed'))"""
_PLAN_WAITS = f"""EXISTS (SELECT 1 FROM questions WHERE {_OF_RUN}
    AND open AND kind = 'plan')"""
_STARTABLE = f"""EXISTS (SELECT 1 FROM steps WHERE {_OF_RUN} AND state = 'pending'
    AND NOT EXISTS (SELECT 1 FROM json_each(steps.needs) AS need WHERE NOT EXISTS (SELECT 1 FROM steps AS done
        WHERE (done.run, done.shard, done.step) = (runs.run, runs.shard, need.value)
        AND done.state = 'done')))"""

HELD = f"""CASE WHEN NOT {_GOES_ON} OR {_CANCELLED} THEN ''
    WHEN {_PAUSED} THEN 'paused'
    WHEN {_ASKED} AND NOT {_AT_WORK} AND ({_PLAN_WAITS} OR NOT {_STARTABLE}) THEN 'waiting'
    ELSE '' END"""
"""An expression over a row of `runs`: `paused`, `waiting`, or empty."""
PAUSED_BEFORE_A_STEP = f"""SELECT runs.run, asks.seq, asks.by, asks.reason, asks.at, runs.task
    FROM runs JOIN asks ON asks.seq = (SELECT seq {_LAST}) AND (asks.run, asks.shard) = (runs.run, runs.shard)
    WHERE {_GOES_ON} AND {HELD} = 'paused'
    AND NOT EXISTS (SELECT 1 FROM questions WHERE {_OF_RUN} AND open AND kind = 'paused')"""
"""Runs that are paused and whose steps have not said so: none is at work, or none has noticed yet."""
