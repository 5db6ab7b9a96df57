// Runs and steps of which nothing is known yet.

import type { RunView } from "./run";
import type { RunDetail, RunLine, Spent, StepLine, Submission } from "./wire";

const NOTHING: Spent = {
  calls: 0,
  input_tokens: 0,
  output_tokens: 0,
  cached_tokens: 0,
  cost_usd: 0,
  known_usd: 0,
  unpriced: 0,
};

export function newStep(step: string): StepLine {
  return {
    step,
    role: "",
    goal: "",
    state: "pending",
    needs: [],
    writes: [],
    accept: {},
    revision: 1,
    round: 0,
    attempt: 0,
    worker: "",
    ended_at: "",
    summary: "",
    failure: null,
    commit: "",
    tree: "",
    evidence: "",
    turns: 0,
    last_turn_at: "",
    tool_calls: {},
    spent: NOTHING,
    attempts: [],
    steered: [],
  };
}

export function emptyView(run: string): RunView {
  const line: RunLine = {
    run,
    shard: 0,
    task: "",
    model: "",
    role: "",
    status: "submitted",
    held: "",
    submitted_at: "",
    submitted_by: "",
    started_at: "",
    finished_at: "",
    failure: null,
    branch: "",
    commit: "",
    tree: "",
    base_commit: "",
    summary: "",
    turns: 0,
    spent: NOTHING,
    test_command: "",
    exit_code: null,
    tests: null,
    steps: 0,
    steps_done: 0,
  };
  const policy = {
    install_requirements: false,
    test_limit_s: 0,
    suite_limit_s: 0,
    command_limit_s: 0,
    memory_bytes: 0,
    processes: 0,
    edit_tests: false,
  };
  const limits = { minutes: 0, turns: 0, usd: null, step_usd: null, attempts: 0 };
  const submission: Submission = {
    repository: null,
    policy,
    limits,
    max_parallel: 0,
    test_command: "",
    notes: [],
    approve: "auto",
    project: "",
    fork: null,
    replay: "",
  };
  const detail: RunDetail = {
    kind: "run_detail",
    applied: 0,
    fresh: true,
    run: line,
    submission,
    bundle: null,
    evidence: null,
    proofs: [],
    steps: [],
    asks: [],
    questions: [],
    revision: 0,
  };
  return { seq: 0, detail };
}
