// Made by web/make_types.py from the structs in schemas/. Do not edit.

export interface Runs {
  kind: "runs";
  applied: number;
  fresh: boolean;
  runs: RunLine[];
  more: boolean;
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

export interface ListRuns {
  kind: "list_runs";
  shard: number;
  min_seq: number;
  status: "cancelled" | "failed" | "planned" | "running" | "submitted" | "succeeded" | "paused" | "waiting" | null;
  limit: number;
  before: string;
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
  "GET /runs": { query: ListRuns; body: undefined; reply: Runs };
  "GET /runs/{run}": { query: undefined; body: undefined; reply: RunDetail };
}
