"""The statements `apply` uses. Each leaves a repeated event without effect, or changes state only forwards."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

RUN = "run = ? AND shard = ?"
STEP = f"{RUN} AND step = ?"
ENDED = "('succeeded', 'failed', 'cancelled')"

RUN_SUBMITTED = """INSERT OR IGNORE INTO runs
    (run, shard, seq, task, model, role, submitted_at, submitted_by, submission, project, test_command, status)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'submitted')"""
RUN_PLANNED = f"""UPDATE runs SET revision = ?, status = iif(status = 'submitted', 'planned', status)
    WHERE {RUN} AND revision < ?"""
RUN_STARTED = f"""UPDATE runs SET status = 'running', started_at = ?
    WHERE {RUN} AND status IN ('submitted', 'planned')"""
RUN_OPENED = f"""UPDATE runs SET test_command = iif(test_command = '', ?, test_command),
    base_commit = iif(base_commit = '', ?, base_commit) WHERE {RUN}"""
RUN_FINISHED = f"""UPDATE runs SET status = ?, finished_at = ?,
    failure_code = ?, failure_message = ?, failure_fix = ?, retryable = ?,
    branch = ?, commit_id = ?, tree = ?, bundle = ?,
    base_commit = coalesce(nullif(?, ''), base_commit), summary = ?, turns = ?,
    evidence = ?, test_command = coalesce(nullif(?, ''), test_command), exit_code = ?,
    passed = ?, failed = ?, error = ?, skipped = ?, timeout = ?, crashed = ?, total = ?
    WHERE {RUN} AND status NOT IN {ENDED}"""

_OLD_PLAN = f"SELECT 1 FROM runs WHERE {RUN} AND revision < ?"
# The plan in force does without the step.
_AWAY = "steps.revision < (SELECT revision FROM runs WHERE (run, shard) = (steps.run, steps.shard))"
_STARTS_ANEW = f"""({_AWAY}
    OR (steps.state = 'failed' AND (steps.spec, steps.goal) <> (excluded.spec, excluded.goal)))"""
STEP_PLANNED = f"""INSERT INTO steps (run, shard, step, seq, place, revision, role, goal, needs, spec, state)
    SELECT run, shard, ?, ?, ?, ?, ?, ?, ?, ?, 'pending' FROM runs WHERE {RUN} AND revision < ?
    ON CONFLICT DO UPDATE SET seq = excluded.seq, place = excluded.place, revision = excluded.revision,
    role = excluded.role, goal = excluded.goal, needs = excluded.needs, spec = excluded.spec,
    round = iif({_AWAY}, 0, steps.round), attempt = iif({_AWAY}, 0, steps.attempt),
    ended_at = iif({_STARTS_ANEW}, '', steps.ended_at),
    failure_code = iif({_STARTS_ANEW}, '', steps.failure_code),
    failure_message = iif({_STARTS_ANEW}, '', steps.failure_message),
    failure_fix = iif({_STARTS_ANEW}, '', steps.failure_fix),
    retryable = iif({_STARTS_ANEW}, 0, steps.retryable),
    state = iif({_STARTS_ANEW}, 'pending', steps.state)"""
STEP_TAKEN_OVER = f"""UPDATE steps SET state = 'done', ended_at = ?, summary = ?, commit_id = ?, tree = ?, evidence = ?
    WHERE {STEP} AND revision = ? AND EXISTS ({_OLD_PLAN})"""
STEPS_DROPPED = f"""UPDATE steps SET state = 'dropped', ended_at = ?
    WHERE {RUN} AND revision < ? AND state NOT IN ('done', 'dropped') AND EXISTS ({_OLD_PLAN})"""
# An answer lets a step that waits go on in its round, a command that was lost is issued again in it; every other start
# is a round of its own.
STEP_READY = f"""UPDATE steps SET state = 'ready', round = iif(? AND state = 'waiting', round, ?), ended_at = '',
    failure_code = '', failure_message = '', failure_fix = '', retryable = 0
    WHERE {STEP} AND state NOT IN ('done', 'dropped')
    AND (round < ? OR (? AND state = 'waiting') OR (round = ? AND state IN ('ready', 'running')))"""
STEP_STARTED = f"""UPDATE steps SET state = 'running', attempt = ?, worker = ?
    WHERE {STEP} AND attempt < ? AND state NOT IN ('done', 'dropped')"""
STEP_WAITING = f"""UPDATE steps SET state = 'waiting'
    WHERE {STEP} AND attempt = ? AND state NOT IN ('done', 'dropped')"""
STEP_ENDED = f"""UPDATE steps SET state = ?, ended_at = ?, summary = ?, commit_id = ?, tree = ?, evidence = ?,
    failure_code = ?, failure_message = ?, failure_fix = ?, retryable = ?
    WHERE {STEP} AND attempt = ? AND state NOT IN ('done', 'dropped')"""
STEPS_LEFT = f"""UPDATE steps SET state = 'cancelled', ended_at = ?
    WHERE {RUN} AND state IN ('pending', 'ready', 'running', 'waiting')"""

ATTEMPT_STARTED = f"""INSERT OR IGNORE INTO attempts
    (run, shard, step, attempt, round, worker, outcome, started_at)
    SELECT run, shard, step, ?, ?, ?, 'running', ? FROM steps WHERE {STEP} AND attempt = ? AND state = 'running'"""
ATTEMPTS_LOST = f"""UPDATE attempts SET outcome = 'lost', ended_at = ?
    WHERE {STEP} AND attempt < ? AND outcome = 'running'"""
ATTEMPT_OPENED = f"""UPDATE attempts SET session = ?, isolation = ?, test_command = ?, base_commit = ?, notes = ?,
    applied = ?
    WHERE {STEP} AND attempt = ?"""
ATTEMPT_ENDED = f"""UPDATE attempts SET outcome = ?, ended_at = ?, failure_code = ?, failure_message = ?
    WHERE {STEP} AND attempt = ? AND outcome = 'running'"""
ATTEMPTS_LEFT = f"UPDATE attempts SET outcome = 'cancelled', ended_at = ? WHERE {RUN} AND outcome = 'running'"
ATTEMPTS_DROPPED = f"""UPDATE attempts SET outcome = 'cancelled', ended_at = ? WHERE {RUN} AND outcome = 'running'
    AND step IN (SELECT step FROM steps WHERE (run, shard) = (attempts.run, attempts.shard) AND state = 'dropped')"""

# A step's question is open while the step waits; a plan's until the plan is approved, denied or replaced.
STEP_QUESTION = f"""INSERT OR IGNORE INTO questions (seq, attempt, id, kind, at, whole, run, shard, step)
    SELECT ?, ?, ?, ?, ?, ?, run, shard, step FROM steps WHERE {STEP} AND attempt = ? AND state = 'waiting'"""
PLAN_QUESTION = f"""INSERT OR IGNORE INTO questions (seq, attempt, id, kind, at, whole, run, shard, step)
    SELECT ?, 0, ?, 'plan', ?, ?, run, shard, '' FROM runs
    WHERE {RUN} AND revision < ? AND status NOT IN {ENDED}"""
QUESTION_ANSWERED = f"""UPDATE questions SET open = 0 WHERE {RUN} AND open AND EXISTS (
    SELECT 1 FROM asks WHERE asks.run = ? AND asks.shard = ? AND asks.seq = ?
    AND ((asks.what IN ('approve', 'deny') AND asks.question = questions.id)
    OR (asks.what = 'message' AND asks.step = questions.step AND questions.kind = 'question')))"""
QUESTIONS_OVER = f"""UPDATE questions SET open = 0 WHERE {RUN} AND open AND kind <> 'plan'
    AND step NOT IN (SELECT step FROM steps WHERE {RUN} AND state = 'waiting')"""
PLAN_QUESTIONS_OVER = f"""UPDATE questions SET open = 0 WHERE open AND kind = 'plan'
    AND (run, shard) IN (SELECT run, shard FROM runs WHERE {RUN} AND revision < ?)"""
QUESTIONS_LEFT = f"UPDATE questions SET open = 0 WHERE {RUN}"

TURN = f"INSERT OR IGNORE INTO turns VALUES ({', '.join('?' * 16)})"
TOOL_CALL = f"INSERT OR IGNORE INTO tool_calls VALUES ({', '.join('?' * 13)})"
CALL = f"INSERT OR IGNORE INTO calls VALUES ({', '.join('?' * 12)})"
STEERED = f"INSERT OR IGNORE INTO steered VALUES ({', '.join('?' * 11)})"
ASK = """INSERT OR IGNORE INTO asks (run, shard, seq, at, what, by, reason, step, question)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
ASK_HEARD = f"UPDATE asks SET accepted = ?, answer = ? WHERE {RUN} AND seq = ?"
EVIDENCE = """INSERT OR IGNORE INTO evidence
    (run, shard, seq, step, at, id, tree, commit_id, command, exit_code, passed, not_green, total, isolation, whole)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
EVIDENCE_TAKEN_OVER = f"""INSERT OR IGNORE INTO evidence
    (run, shard, seq, step, at, id, tree, commit_id, command, exit_code, passed, not_green, total, isolation, whole)
    SELECT run, shard, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM runs WHERE {RUN} AND revision < ?"""

DEAD = "INSERT OR IGNORE INTO dead VALUES (?, ?, ?, ?, ?, ?, 0)"
DEAD_PUBLISHED = "UPDATE dead SET published = 1 WHERE stream = ? AND seq = ?"
DEAD_WAITING = "SELECT stream, seq, at, reason FROM dead WHERE published = 0 ORDER BY stream, seq LIMIT ?"

POSITION = "SELECT seq, created, time FROM position WHERE stream = ?"
MOVE = """INSERT INTO position (stream, seq, created, time) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq, time = excluded.time WHERE excluded.seq > position.seq"""
