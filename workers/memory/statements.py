"""The statements `apply` uses. Each leaves a repeated event without effect, or changes state only forwards."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

RUN = "run = ? AND shard = ?"
STEP = f"{RUN} AND step = ?"
ENDED = "('succeeded', 'failed', 'cancelled')"

RUN_SUBMITTED = """INSERT OR IGNORE INTO runs
    (run, shard, seq, task, model, role, submitted_at, submitted_by, submission, test_command, status)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'submitted')"""
RUN_PLANNED = f"UPDATE runs SET status = 'planned' WHERE {RUN} AND status = 'submitted'"
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

STEP_PLANNED = """INSERT INTO steps (run, shard, step, seq, place, revision, role, goal, needs, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')
    ON CONFLICT DO UPDATE SET seq = excluded.seq, place = excluded.place, revision = excluded.revision"""
STEP_NAMED = """INSERT OR IGNORE INTO steps (run, shard, step, seq, place, revision, role, goal, needs, state)
    VALUES (?, ?, ?, ?, 0, 1, ?, ?, ?, 'pending')"""
STEP_READY = f"""UPDATE steps SET state = 'ready', round = ?, ended_at = '',
    failure_code = '', failure_message = '', failure_fix = '', retryable = 0
    WHERE {STEP} AND round < ? AND state <> 'done'"""
STEP_STARTED = f"""UPDATE steps SET state = 'running', attempt = ?, worker = ?
    WHERE {STEP} AND attempt < ? AND state <> 'done'"""
STEP_ENDED = f"""UPDATE steps SET state = ?, ended_at = ?, summary = ?, commit_id = ?, tree = ?, evidence = ?,
    failure_code = ?, failure_message = ?, failure_fix = ?, retryable = ?
    WHERE {STEP} AND attempt = ? AND state <> 'done'"""
STEPS_LEFT = f"""UPDATE steps SET state = 'cancelled', ended_at = ?
    WHERE {RUN} AND state IN ('pending', 'ready', 'running')"""

ATTEMPT_STARTED = f"""INSERT OR IGNORE INTO attempts
    (run, shard, step, attempt, round, worker, outcome, started_at)
    SELECT run, shard, step, ?, ?, ?, 'running', ? FROM steps WHERE {STEP} AND attempt = ? AND state = 'running'"""
ATTEMPTS_LOST = f"""UPDATE attempts SET outcome = 'lost', ended_at = ?
    WHERE {STEP} AND attempt < ? AND outcome = 'running'"""
ATTEMPT_OPENED = f"""UPDATE attempts SET session = ?, isolation = ?, test_command = ?, base_commit = ?, notes = ?
    WHERE {STEP} AND attempt = ?"""
ATTEMPT_ENDED = f"""UPDATE attempts SET outcome = ?, ended_at = ?
    WHERE {STEP} AND attempt = ? AND outcome = 'running'"""
ATTEMPTS_LEFT = f"UPDATE attempts SET outcome = 'cancelled', ended_at = ? WHERE {RUN} AND outcome = 'running'"

TURN = f"INSERT OR IGNORE INTO turns VALUES ({', '.join('?' * 15)})"
TOOL_CALL = f"INSERT OR IGNORE INTO tool_calls VALUES ({', '.join('?' * 13)})"
CALL = f"INSERT OR IGNORE INTO calls VALUES ({', '.join('?' * 12)})"
ASK = "INSERT OR IGNORE INTO asks VALUES (?, ?, ?, ?, ?, ?, ?)"
EVIDENCE = """INSERT OR IGNORE INTO evidence
    (run, shard, seq, step, at, id, tree, commit_id, command, exit_code, passed, not_green, total, isolation, whole)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

DEAD = "INSERT OR IGNORE INTO dead VALUES (?, ?, ?, ?, ?, ?, 0)"
DEAD_PUBLISHED = "UPDATE dead SET published = 1 WHERE stream = ? AND seq = ?"
DEAD_WAITING = "SELECT stream, seq, at, reason FROM dead WHERE published = 0 ORDER BY stream, seq LIMIT ?"

POSITION = "SELECT seq, created, time FROM position WHERE stream = ?"
MOVE = """INSERT INTO position (stream, seq, created, time) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq, time = excluded.time WHERE excluded.seq > position.seq"""
