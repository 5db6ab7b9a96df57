// Made by web/make_types.py from the structs in schemas/. Do not edit.

export interface Runs {
  kind: "runs";
  applied: number;
  fresh: boolean;
  runs: RunLine[];
  more: boolean;
  total: number;
  facets: Record<string, Record<string, number>>;
}

export interface RunLine {
  run: string;
  shard: number;
  task: string;
  model: string;
  role: string;
  status: "cancelled" | "failed" | "planned" | "running" | "submitted" | "succeeded";
  held: "" | "paused" | "waiting";
  submitted_at: string;
  submitted_by: string;
  started_at: string;
  finished_at: string;
  failure: Failure | null;
  branch: string;
  commit: string;
  tree: string;
  base_commit: string;
  summary: string;
  turns: number;
  spent: Spent;
  test_command: string;
  exit_code: number | null;
  tests: TestCounts | null;
  steps: number;
  steps_done: number;
}

export interface Failure {
  code: FailureCode;
  message: string;
  fix: string;
  retryable: boolean;
}

export type FailureCode =
  | "beyond_model"
  | "nothing_failing"
  | "no_tests"
  | "not_importable"
  | "out_of_time"
  | "turn_limit"
  | "budget"
  | "gate_refused"
  | "review_rejected"
  | "stuck"
  | "bad_plan"
  | "merge_conflict"
  | "denied"
  | "isolation_unavailable"
  | "unknown_model"
  | "unknown_role"
  | "no_pool"
  | "model_error"
  | "model_auth"
  | "model_quota"
  | "model_unavailable"
  | "model_refused"
  | "context_overflow"
  | "handler_error"
  | "attempts_exhausted"
  | "workspace"
  | "bad_submission"
  | "replay_diverged"
  | "cancelled"
  | "unknown_run"
  | "ambiguous_run";

export interface Spent {
  calls: number;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  cost_usd: number | null;
  known_usd: number;
  unpriced: number;
}

export interface TestCounts {
  passed: number;
  failed: number;
  error: number;
  skipped: number;
  timeout: number;
  crashed: number;
  total: number;
}

export interface RunDetail {
  kind: "run_detail";
  applied: number;
  fresh: boolean;
  run: RunLine;
  submission: Submission;
  bundle: ArtifactRef | null;
  evidence: Evidence | null;
  proofs: Proof[];
  steps: StepLine[];
  asks: Ask[];
  questions: OpenQuestion[];
  revision: number;
}

export interface Submission {
  repository: Repository | null;
  policy: Policy;
  limits: Limits;
  max_parallel: number;
  test_command: string;
  notes: string[];
  approve: "all" | "auto" | "plan" | "risky";
  project: string;
  fork: Fork | null;
  replay: string;
}

export interface Repository {
  artifact?: ArtifactRef | null;
  commit?: string;
  base_commit?: string;
  path?: string;
  dirty?: boolean;
}

export interface ArtifactRef {
  name: string;
  sha256: string;
  size: number;
}

export interface Policy {
  install_requirements: boolean;
  test_limit_s: number;
  suite_limit_s: number;
  command_limit_s: number;
  memory_bytes: number;
  processes: number;
  edit_tests: boolean;
}

export interface Limits {
  minutes: number;
  turns: number;
  usd: number | null;
  step_usd: number | null;
  attempts: number;
}

export interface Fork {
  run: string;
  step: string;
  turn: number;
  shard: number;
}

export interface Evidence {
  id: string;
  tree: string;
  commit: string;
  base_tree: string;
  command: string;
  exit_code: number;
  tests: TestCounts;
  check: "no_regression" | "none" | "suite" | "targets";
  fixed: string[];
  isolation: Isolation;
  duration_s: number;
}

export interface Isolation {
  level: string;
  uid: number;
  seccomp: boolean;
  network: boolean;
  limits: Record<string, string>;
  note: string;
}

export interface Proof {
  step: string;
  at: string;
  evidence: Evidence;
}

export interface StepLine {
  step: string;
  role: string;
  goal: string;
  state: "cancelled" | "done" | "dropped" | "failed" | "pending" | "ready" | "running" | "waiting";
  needs: string[];
  writes: string[];
  accept: Acceptance;
  revision: number;
  round: number;
  attempt: number;
  worker: string;
  ended_at: string;
  summary: string;
  failure: Failure | null;
  commit: string;
  tree: string;
  evidence: string;
  turns: number;
  last_turn_at: string;
  tool_calls: Record<string, number>;
  spent: Spent;
  attempts: AttemptLine[];
  steered: Steered[];
}

export interface Acceptance {
  check?: "no_regression" | "none" | "suite" | "targets";
  tests?: string[];
}

export interface AttemptLine {
  attempt: number;
  round: number;
  worker: string;
  outcome: "cancelled" | "done" | "failed" | "lost" | "released" | "running" | "waiting";
  started_at: string;
  ended_at: string;
  session: string;
  isolation: string;
  test_command: string;
  base_commit: string;
  notes: string[];
  applied: string[];
}

export interface Steered {
  at: string;
  attempt: number;
  turn: number;
  action: string;
  reason: string;
  to_turn: number;
  model: string;
}

export interface Ask {
  seq: number;
  at: string;
  what: string;
  by: string;
  reason: string;
  step: string;
  question: string;
  accepted: boolean | null;
  answer: string;
}

export interface OpenQuestion {
  run: string;
  step: string;
  question: Question;
  since: string;
  task: string;
}

export interface Question {
  id: string;
  kind: "approval" | "paused" | "plan" | "question";
  text: string;
  tool: string;
  arguments: string;
  risks: string[];
}

export interface TurnLine {
  seq: number;
  step: string;
  attempt: number;
  turn: number;
  at: string;
  message: Message;
  results: ToolResult[];
  commit: string;
  tree: string;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  cost_usd: number | null;
  estimated: boolean;
  duration_s: number;
}

export interface Message {
  role: "assistant" | "system" | "tool" | "user";
  content?: string;
  reasoning?: Reasoning | null;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
}

export interface Reasoning {
  model: string;
  text?: string;
  blocks?: ThinkingBlock[];
}

export interface ThinkingBlock {
  type?: "redacted_thinking" | "thinking";
  thinking?: string;
  signature?: string;
  data?: string;
}

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export interface ToolResult {
  call: string;
  name: string;
  output: string;
  exit_code?: number;
  truncated?: boolean;
  repeated?: boolean;
  data?: Record<string, unknown> | null;
  arguments?: string;
}

export interface RunSubmitted {
  kind: "run.submitted";
  v: number;
  task: string;
  repository: Repository | null;
  model: string;
  fallbacks: string[];
  role: string;
  roles: string[];
  approve: "all" | "auto" | "plan" | "risky";
  project: string;
  fork: Fork | null;
  replay: string;
  at_s: number;
  test_command: string;
  policy: Policy;
  limits: Limits;
  max_parallel: number;
  submitted_by: string;
  notes: string[];
}

export interface RunPlanned {
  kind: "run.planned";
  v: number;
  revision: number;
  steps: StepSpec[];
  reason: string;
  taken_over: TakenOver[];
  waits: boolean;
}

export interface StepSpec {
  id: string;
  role: string;
  goal: string;
  needs: string[];
  writes: string[];
  accept: Acceptance;
  requires: string[];
  pool: string;
  model: string;
}

export interface TakenOver {
  step: string;
  result: Checkpoint | null;
  evidence: Evidence | null;
  summary: string;
}

export interface Checkpoint {
  commit: string;
  tree: string;
  bundle: ArtifactRef | null;
}

export interface AskHeard {
  kind: "run.heard";
  v: number;
  ask: number;
  accepted: boolean;
  reason: string;
  what: string;
  step: string;
  text: string;
  when: "after" | "now";
  by: string;
}

export interface RunFinished {
  kind: "run.finished";
  v: number;
  status: string;
  failure: Failure | null;
  branch: string;
  result: Checkpoint | null;
  base_commit: string;
  evidence: Evidence | null;
  summary: string;
  turns: number;
  cost_usd: number | null;
}

export interface StepReady {
  kind: "step.ready";
  v: number;
  round: number;
  spec: StepSpec;
  submission: RunSubmitted;
  start: Checkpoint[];
  context: string[];
  begun: string[];
  answer: Answer | null;
  at_s: number;
}

export interface Answer {
  question: string;
  approved: boolean;
  text: string;
  arguments: string;
  by: string;
}

export interface StepStarted {
  kind: "step.started";
  v: number;
  attempt: number;
  round: number;
  worker: string;
}

export interface StepOpened {
  kind: "step.opened";
  v: number;
  attempt: number;
  session: string;
  base: Checkpoint;
  start: Checkpoint | null;
  test_command: string;
  isolation: string;
  notes: string[];
  prompt: Message[];
  applied: string[];
}

export interface StepTurn {
  kind: "step.turn";
  v: number;
  attempt: number;
  turn: number;
  heard: Heard[];
  message: Message;
  finish_reason: "length" | "refusal" | "stop" | "tool_calls";
  model: string;
  results: ToolResult[];
  usage: Usage;
  checkpoint: Checkpoint;
  duration_s: number;
}

export interface Heard {
  ask: number;
  text: string;
  by: string;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  context_window: number;
  cost_usd: number | null;
  estimated: boolean;
}

export interface StepWaiting {
  kind: "step.waiting";
  v: number;
  attempt: number;
  question: Question;
  partial: StepTurn | null;
}

export interface StepSteered {
  kind: "step.steered";
  v: number;
  attempt: number;
  turn: number;
  action: "condense" | "hint" | "rewind" | "switch_model";
  reason: string;
  text: string;
  to_turn: number;
  model: string;
  checkpoint: Checkpoint | null;
}

export interface StepReleased {
  kind: "step.released";
  v: number;
  attempt: number;
  reason: "interrupted" | "stopped";
}

export interface StepDone {
  kind: "step.done";
  v: number;
  attempt: number;
  summary: string;
  result: Checkpoint | null;
  evidence: string;
  plan: StepSpec[];
  verdict: "" | "accept" | "changes";
}

export interface StepFailed {
  kind: "step.failed";
  v: number;
  attempt: number;
  failure: Failure;
}

export interface ModelAnswered {
  kind: "model.answered";
  v: number;
  call: string;
  model: string;
  message: Message;
  finish_reason: "length" | "refusal" | "stop" | "tool_calls";
  usage: Usage;
}

export interface EvidenceRecorded {
  kind: "evidence.recorded";
  v: number;
  evidence: Evidence;
}

export interface CancelAsked {
  kind: "ask.cancel";
  v: number;
  by: string;
  reason: string;
}

export interface ApproveAsked {
  kind: "ask.approve";
  v: number;
  question: string;
  text: string;
  arguments: string;
  by: string;
}

export interface DenyAsked {
  kind: "ask.deny";
  v: number;
  question: string;
  text: string;
  by: string;
}

export interface MessageAsked {
  kind: "ask.message";
  v: number;
  step: string;
  text: string;
  when: "after" | "now";
  attempt: number;
  by: string;
}

export interface PauseAsked {
  kind: "ask.pause";
  v: number;
  by: string;
  reason: string;
}

export interface ResumeAsked {
  kind: "ask.resume";
  v: number;
  by: string;
}

export interface RetryAsked {
  kind: "ask.retry";
  v: number;
  step: string;
  by: string;
}

export interface EditAsked {
  kind: "ask.edit";
  v: number;
  revision: number;
  steps: StepSpec[];
  by: string;
}

export interface Me {
  name: string;
  role: "admin" | "operator" | "viewer";
  by: "loopback" | "proxy" | "token";
  token: string;
}

export interface NewToken {
  name: string;
  role?: "admin" | "operator" | "viewer";
  days?: number;
}

export interface Token {
  id: string;
  name: string;
  role: "admin" | "operator" | "viewer";
  created_at: string;
  expires_at: string;
  created_by: string;
  session: boolean;
}

export interface TokenMade {
  token: Token;
  secret: string;
}

export interface Tokens {
  tokens: Token[];
}

export interface Audited {
  seq: number;
  at: string;
  who: string;
  role: "admin" | "operator" | "viewer";
  what: string;
  target: string;
  id: string;
  outcome: "begun" | "done" | "failed" | "refused";
  detail: string;
  address: string;
}

export interface AuditQuery {
  before?: number;
  limit?: number;
}

export interface Audit {
  entries: Audited[];
  more: boolean;
}

export interface CheckpointLine {
  name: string;
  kind: "base" | "result" | "rewind" | "start" | "step" | "turn";
  commit: string;
  tree: string;
  step: string;
  attempt: number;
  turn: number;
  at: string;
  label: string;
}

export interface Checkpoints {
  run: string;
  checkpoints: CheckpointLine[];
  newest: string;
  finished: boolean;
}

export interface DiffQuery {
  from?: string;
  to?: string;
}

export interface PatchQuery {
  from?: string;
  to?: string;
  path?: string;
  context?: number;
  file_bytes?: number;
}

export interface FileChange {
  path: string;
  old_path: string;
  status: "A" | "D" | "M" | "R" | "T";
  old_kind: "directory" | "file" | "submodule" | "symlink" | "";
  kind: "directory" | "file" | "submodule" | "symlink" | "";
  additions: number;
  deletions: number;
  binary: boolean;
  old_size: number;
  new_size: number;
  too_large: boolean;
}

export interface Totals {
  files: number;
  additions: number;
  deletions: number;
}

export interface Diff {
  from: CheckpointLine;
  to: CheckpointLine;
  files: FileChange[];
  totals: Totals;
  more: boolean;
}

export interface FilePatch {
  path: string;
  patch: string;
  cut: boolean;
}

export interface Patches {
  files: FilePatch[];
  more: boolean;
}

export interface FilesQuery {
  at?: string;
  path?: string;
  changed?: boolean;
}

export interface FileEntry {
  name: string;
  path: string;
  kind: "directory" | "file" | "submodule" | "symlink";
  size: number;
  mode: string;
  changed: "A" | "D" | "M" | "R" | "T" | "";
}

export interface Files {
  at: CheckpointLine;
  path: string;
  entries: FileEntry[];
  more: boolean;
}

export interface ContentQuery {
  at?: string;
  path: string;
}

export interface BlameRange {
  first: number;
  lines: number;
  kind: "base" | "result" | "rewind" | "start" | "step" | "turn";
  step: string;
  attempt: number;
  turn: number;
  at: string;
  checkpoint: string;
}

export interface Blame {
  at: CheckpointLine;
  path: string;
  ranges: BlameRange[];
}

export interface OutputSection {
  turn: number;
  attempt: number;
  at: string;
  tool: string;
  call: string;
  exit_code: number;
  truncated: boolean;
  artifact: string;
  first: number;
  bytes: number;
}

export interface StepOutput {
  step: string;
  bytes: number;
  sections: OutputSection[];
  seq: number;
}

export interface OutputQuery {
  after?: number;
}

export interface CancelRun {
  what: "cancel";
  id: string;
  run?: string;
  reason?: string;
}

export interface PauseRun {
  what: "pause";
  id: string;
  run?: string;
  reason?: string;
}

export interface ResumeRun {
  what: "resume";
  id: string;
  run?: string;
}

export interface ApproveQuestion {
  what: "approve";
  id: string;
  run?: string;
  question: string;
  text?: string;
  arguments?: string;
}

export interface DenyQuestion {
  what: "deny";
  id: string;
  run?: string;
  question: string;
  text?: string;
}

export interface SendMessage {
  what: "message";
  id: string;
  run?: string;
  step: string;
  text: string;
  when?: "after" | "now";
  attempt?: number;
}

export interface RetryStep {
  what: "retry";
  id: string;
  run?: string;
  step: string;
}

export interface EditPlan {
  what: "edit";
  id: string;
  run?: string;
  revision: number;
  steps: StepSpec[];
}

export interface Outcome {
  id: string;
  outcome: "accepted" | "pending" | "refused";
  reason: string;
  seq: number;
  repeated: boolean;
  run: string;
}

export interface Setting {
  name: string;
  value: unknown;
  source: string;
  default: unknown;
  about: string;
  editable: boolean;
  choices: string[];
  next: unknown;
  restart: boolean;
}

export interface Config {
  settings: Setting[];
  files: string[];
  file: string;
  problem: string;
  version: string;
  models: string[];
}

export interface NewSetting {
  name: string;
  value?: unknown;
}

export interface SettingWritten {
  setting: Setting;
  file: string;
  shadowed_by: string;
}

export interface CostsQuery {
  by?: "day" | "model" | "role" | "run" | "step";
  run?: string;
  since?: string;
}

export interface Budget {
  spent_usd: number;
  reserved_usd: number;
  limit_usd: number | null;
  projected_usd: number | null;
}

export interface CostReport {
  by: string;
  lines: CostLine[];
  total: Spent;
  run: Budget | null;
  day: Budget;
  fresh: boolean;
}

export interface CostLine {
  key: string;
  spent: Spent;
}

export interface DeadQuery {
  pool?: string;
  run?: string;
  reason?: string;
  after?: number;
  limit?: number;
}

export interface DeadLine {
  seq: number;
  at: string;
  pool: string;
  run: string;
  step: string;
  reason: string;
  attempts: number;
  subject: string;
  size: number;
}

export interface DeadPage {
  letters: DeadLine[];
  more: boolean;
  total: number;
  pools: Record<string, number>;
}

export interface DeadDetail {
  letter: DeadLine;
  payload: string;
  cut: boolean;
  action: "again" | "none" | "retry" | "submit" | "wake";
  why: string;
  new_run: string;
}

export interface DeadWork {
  id: string;
  letters: number[];
  dry_run?: boolean;
}

export interface DeadDone {
  seq: number;
  outcome: "done" | "gone" | "skipped" | "would";
  action: "again" | "none" | "retry" | "submit" | "wake" | "drop";
  what: string;
  run: string;
}

export interface DeadResult {
  id: string;
  results: DeadDone[];
}

export interface PoolLine {
  pool: string;
  workers: number;
  draining: number;
  slots: number;
  used: number;
  pending: number;
  in_flight: number;
  redelivered: number;
  oldest_s: number | null;
  runs: string[];
}

export interface Holding {
  pool: string;
  run: string;
  step: string;
  for_s: number;
}

export interface WorkerLine {
  worker: string;
  roles: string[];
  host: string;
  pid: number;
  version: string;
  started_at: string;
  seen_s: number;
  slots: number;
  holds: Holding[];
  draining: boolean;
  drains: boolean;
  rss_bytes: number;
}

export interface StreamLine {
  name: string;
  messages: number;
  bytes: number;
  max_bytes: number;
  replicas: number;
  leader: string;
}

export interface Fleet {
  at: string;
  pools: PoolLine[];
  workers: WorkerLine[];
  streams: StreamLine[];
  missing: string[];
  dead_letters: number;
  open: boolean;
  why_closed: string;
  durability: string;
  notes: string[];
}

export interface Drain {
  id: string;
  draining?: boolean;
}

export interface Drained {
  id: string;
  worker: WorkerLine;
}

export interface RoleCard {
  name: string;
  description: string;
  tools: string[];
  writes: string[];
  model: string;
  turns: number | null;
  minutes: number | null;
  budget_usd: number | null;
  hand_in: string;
  approve: string;
}

export interface RoleLine {
  name: string;
  description: string;
  tools: string[];
  writes: string[];
  model: string;
  turns: number | null;
  minutes: number | null;
  budget_usd: number | null;
  hand_in: string;
  approve: string;
  served: boolean;
}

export interface Roles {
  roles: RoleLine[];
}

export interface Models {
  default: string;
  models: string[];
}

export interface CheckResult {
  ok: boolean;
  detail: string;
}

export interface Readiness {
  status: string;
  checks: Record<string, CheckResult>;
}

export interface ItemsQuery {
  text?: string;
  scope?: "agent" | "global" | "interaction" | "project" | "task" | null;
  owner?: string;
  prefix?: string;
  tag?: string;
  quarantined?: boolean;
  offset?: number;
  limit?: number;
}

export interface OneItem {
  scope: "agent" | "global" | "interaction" | "project" | "task";
  owner?: string;
  key: string;
  quarantined?: boolean;
}

export interface ItemUse {
  run: string;
  step: string;
  attempt: number;
  at: string;
}

export interface ItemDetail {
  item: Item;
  waiting: Item | null;
  uses: ItemUse[];
}

export interface Item {
  scope: "agent" | "global" | "interaction" | "project" | "task";
  owner: string;
  key: string;
  text: string;
  tags: string[];
  version: number;
  provenance: Provenance;
  trusted: boolean;
  quarantined: boolean;
  created_at: string;
  updated_at: string;
  expires_at: string;
  score: number;
  why: string;
}

export interface Provenance {
  source: "agent" | "lesson" | "person" | "tool_output";
  by?: string;
  run?: string;
  step?: string;
  turn?: number;
}

export interface KeepItem {
  id: string;
  scope: "agent" | "global" | "interaction" | "project" | "task";
  owner?: string;
  key: string;
  text: string;
  tags?: string[];
  expected_version?: number | null;
  ttl_s?: number;
}

export interface ForgetItem {
  id: string;
  scope: "agent" | "global" | "interaction" | "project" | "task";
  owner?: string;
  key: string;
  expected_version?: number | null;
  quarantined?: boolean;
}

export interface ApproveItem {
  id: string;
  scope?: "agent" | "global" | "interaction" | "project" | "task";
  owner?: string;
  key: string;
  expected_version?: number | null;
}

export interface ItemChanged {
  id: string;
  outcome: string;
  item: Item | null;
}

export interface ItemConflict {
  error: Record<string, string>;
  item: Item | null;
}

export interface ProblemFields {
  code: string;
  message: string;
  fix: string;
}

export interface ProblemReply {
  error: ProblemFields;
}

export interface CloneFrom {
  url: string;
  ref?: string;
}

export interface UploadQuery {
  ref?: string;
}

export interface Uploaded {
  repository: Repository;
  project: string;
  roles: string[];
  notes: string[];
  ref: string;
  bytes: number;
}

export interface NewRun {
  id?: string;
  task: string;
  repository?: Repository | null;
  clone?: CloneFrom | null;
  model?: string;
  fallbacks?: string[];
  role?: string;
  roles?: string[];
  approve?: "all" | "auto" | "plan" | "risky";
  project?: string;
  test_command?: string;
  policy?: Policy;
  limits?: Limits;
  max_parallel?: number;
  notes?: string[];
}

export interface NewDemo {
  id?: string;
}

export interface Rerun {
  id: string;
  scope: "all" | "failed" | "from" | "step";
  step?: string;
  turn?: number;
  task?: string;
  model?: string;
}

export interface Accepted {
  run: string;
  url: string;
  repeated: boolean;
}

export interface RunsQuery {
  status?: string;
  model?: string;
  role?: string;
  by?: string;
  text?: string;
  since?: string;
  before?: string;
  limit?: number;
  facets?: boolean;
}

export interface TurnsQuery {
  step?: string;
  after?: number;
  limit?: number;
}

export interface InboxQuery {
  limit?: number;
}

export interface RunPage {
  runs: RunLine[];
  more: boolean;
  facets: Record<string, Record<string, number>>;
  total: number;
  fresh: boolean;
}

export interface Steps {
  run: string;
  steps: StepLine[];
}

export interface Attempts {
  run: string;
  step: string;
  attempts: AttemptLine[];
}

export interface EventsQuery {
  after?: number;
  before?: number;
  limit?: number;
  kinds?: string;
  step?: string;
  text?: string;
}

export interface EventPage {
  events: (Record<string, unknown>)[];
  first_seq: number;
  last_seq: number;
  more_before: boolean;
  more_after: boolean;
  total: number;
}

export interface StoredEvent {
  seq: number;
  time: string;
  subject: string;
  id: string;
  event: unknown;
  bytes: number;
}

export interface PlanRevision {
  revision: number;
  seq: number;
  at: string;
  reason: string;
  waits: boolean;
  steps: StepSpec[];
}

export interface Plan {
  revision: number;
  revisions: PlanRevision[];
  roles: string[];
}

export interface Subscribe {
  run: string;
  room: "" | "fleet" | "inbox" | "runs";
  after_seq: number | null;
  at_most: number | null;
  live: boolean;
  turns: boolean;
}

export interface Unsubscribe {
  run: string;
  room: "" | "fleet" | "inbox" | "runs";
}

export interface RunSnapshot {
  run: string;
  seq: number;
  behind?: number;
  detail?: RunDetail | null;
  turns?: TurnLine[] | null;
}

export interface RunsChanged {
  seq: number;
  runs: RunLine[];
}

export interface InboxChanged {
  questions: OpenQuestion[];
}

export interface LiveText {
  run: string;
  step: string;
  kind: string;
  text: string;
  dropped?: boolean;
}

export interface Empty {

}

export interface Turns {
  kind: "turns";
  applied: number;
  fresh: boolean;
  run: string;
  turns: TurnLine[];
  more: boolean;
}

export interface OpenQuestions {
  kind: "open_questions";
  applied: number;
  fresh: boolean;
  questions: OpenQuestion[];
}

export interface Items {
  kind: "items";
  applied: number;
  fresh: boolean;
  items: Item[];
  more: boolean;
}

export interface Places {
  kind: "places";
  applied: number;
  fresh: boolean;
  places: PlaceLine[];
  tags: Record<string, number>;
}

export interface PlaceLine {
  scope: "agent" | "global" | "interaction" | "project" | "task";
  owner: string;
  items: number;
  quarantined: number;
}

export interface MemoryStats {
  kind: "memory_stats";
  applied: number;
  fresh: boolean;
  runs: Record<string, number>;
  positions: Record<string, number>;
  rows: Record<string, number>;
  dead_unpublished: number;
  file_bytes: number;
  schema_version: number;
}

/** Where an event stands in the log of its run. */
export interface Place {
  seq: number;
  time: string;
  run: string;
  pool: string;
  step: string;
}

export type Event = Place &
  (
    | RunSubmitted
    | RunPlanned
    | AskHeard
    | RunFinished
    | StepReady
    | StepStarted
    | StepOpened
    | StepTurn
    | StepWaiting
    | StepSteered
    | StepReleased
    | StepDone
    | StepFailed
    | ModelAnswered
    | EvidenceRecorded
    | CancelAsked
    | ApproveAsked
    | DenyAsked
    | MessageAsked
    | PauseAsked
    | ResumeAsked
    | RetryAsked
    | EditAsked
  );

export type AnyCommand =
  | CancelRun
  | PauseRun
  | ResumeRun
  | ApproveQuestion
  | DenyQuestion
  | SendMessage
  | RetryStep
  | EditPlan;

/** The HTTP API under /api/v1. */
export interface Api {
  "GET /runs": { query: RunsQuery; body: undefined; reply: RunPage };
  "GET /runs/{run}": { query: undefined; body: undefined; reply: RunDetail };
  "GET /runs/{run}/steps": { query: undefined; body: undefined; reply: Steps };
  "GET /runs/{run}/steps/{step}": { query: undefined; body: undefined; reply: StepLine };
  "GET /runs/{run}/steps/{step}/attempts": { query: undefined; body: undefined; reply: Attempts };
  "GET /runs/{run}/turns": { query: TurnsQuery; body: undefined; reply: Turns };
  "POST /repositories": { query: UploadQuery; body: undefined; reply: Uploaded };
  "POST /runs": { query: undefined; body: NewRun; reply: Accepted };
  "POST /demo": { query: undefined; body: NewDemo; reply: Accepted };
  "POST /runs/{run}/rerun": { query: undefined; body: Rerun; reply: Accepted | Outcome };
  "POST /runs/{run}/commands": { query: undefined; body: CancelRun | PauseRun | ResumeRun | ApproveQuestion | DenyQuestion | SendMessage | RetryStep | EditPlan; reply: Outcome };
  "GET /runs/{run}/events": { query: EventsQuery; body: undefined; reply: EventPage };
  "GET /runs/{run}/events/{seq}": { query: undefined; body: undefined; reply: StoredEvent };
  "GET /runs/{run}/plan": { query: undefined; body: undefined; reply: Plan };
  "GET /inbox": { query: InboxQuery; body: undefined; reply: OpenQuestions };
  "GET /me": { query: undefined; body: undefined; reply: Me };
  "DELETE /me": { query: undefined; body: undefined; reply: Me };
  "GET /tokens": { query: undefined; body: undefined; reply: Tokens };
  "POST /tokens": { query: undefined; body: NewToken; reply: TokenMade };
  "DELETE /tokens/{id}": { query: undefined; body: undefined; reply: Token };
  "GET /audit": { query: AuditQuery; body: undefined; reply: Audit };
  "GET /runs/{run}/checkpoints": { query: undefined; body: undefined; reply: Checkpoints };
  "GET /runs/{run}/diff": { query: DiffQuery; body: undefined; reply: Diff };
  "GET /runs/{run}/diff/patch": { query: PatchQuery; body: undefined; reply: undefined };
  "GET /runs/{run}/diff/patches": { query: PatchQuery; body: undefined; reply: Patches };
  "GET /runs/{run}/files": { query: FilesQuery; body: undefined; reply: Files };
  "GET /runs/{run}/files/content": { query: ContentQuery; body: undefined; reply: undefined };
  "GET /runs/{run}/files/blame": { query: ContentQuery; body: undefined; reply: Blame };
  "GET /runs/{run}/steps/{step}/output": { query: undefined; body: undefined; reply: undefined };
  "GET /runs/{run}/steps/{step}/output/sections": { query: OutputQuery; body: undefined; reply: StepOutput };
  "GET /artifacts/{name}": { query: undefined; body: undefined; reply: undefined };
  "GET /fleet": { query: undefined; body: undefined; reply: Fleet };
  "POST /fleet/workers/{worker}/drain": { query: undefined; body: Drain; reply: Drained };
  "GET /roles": { query: undefined; body: undefined; reply: Roles };
  "GET /models": { query: undefined; body: undefined; reply: Models };
  "GET /dead": { query: DeadQuery; body: undefined; reply: DeadPage };
  "GET /dead/{letter}": { query: undefined; body: undefined; reply: DeadDetail };
  "POST /dead/replay": { query: undefined; body: DeadWork; reply: DeadResult };
  "POST /dead/drop": { query: undefined; body: DeadWork; reply: DeadResult };
  "GET /memory/items": { query: ItemsQuery; body: undefined; reply: Items };
  "GET /memory/item": { query: OneItem; body: undefined; reply: ItemDetail };
  "PUT /memory/item": { query: undefined; body: KeepItem; reply: ItemChanged };
  "POST /memory/forget": { query: undefined; body: ForgetItem; reply: ItemChanged };
  "POST /memory/approve": { query: undefined; body: ApproveItem; reply: ItemChanged };
  "GET /memory/places": { query: undefined; body: undefined; reply: Places };
  "GET /memory/stats": { query: undefined; body: undefined; reply: MemoryStats };
  "GET /costs": { query: CostsQuery; body: undefined; reply: CostReport };
  "GET /config": { query: undefined; body: undefined; reply: Config };
  "PUT /config": { query: undefined; body: NewSetting; reply: SettingWritten };
}
