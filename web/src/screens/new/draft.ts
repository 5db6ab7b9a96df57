// A run as somebody is writing it: what is sent, the line a terminal would take, and what is missing. Pure.

import type { Limits, NewRun, Uploaded } from "../../data/wire";
import { quoted } from "../run/head/cli";

export const SOURCES = ["upload", "clone"] as const;
export type Source = (typeof SOURCES)[number];

export const APPROVE: readonly [mode: NonNullable<NewRun["approve"]>, words: string][] = [
  ["auto", "Nothing waits for me"],
  ["plan", "The plan waits for my yes"],
  ["risky", "The plan and risky commands wait for my yes"],
  ["all", "Everything that changes something waits for my yes"],
];

export interface Draft {
  task: string;
  source: Source;
  url: string;
  ref: string;
  model: string;
  role: string;
  approve: NonNullable<NewRun["approve"]>;
  test_command: string;
  install: boolean;
  edit_tests: boolean;
  /** Numbers as they are typed; empty: the fleet's own. */
  usd: string;
  step_usd: string;
  minutes: string;
  turns: string;
  max_parallel: string;
}

export const EMPTY: Draft = {
  task: "",
  source: "upload",
  url: "",
  ref: "",
  model: "",
  role: "",
  approve: "auto",
  test_command: "",
  install: false,
  edit_tests: false,
  usd: "",
  step_usd: "",
  minutes: "",
  turns: "",
  max_parallel: "",
};

export type Numbers = "usd" | "step_usd" | "minutes" | "turns" | "max_parallel";

interface Bounds {
  least: number;
  most: number;
  whole: boolean;
}

const BOUNDS: Record<Numbers, Bounds> = {
  usd: { least: 0, most: 1_000_000, whole: false },
  step_usd: { least: 0, most: 1_000_000, whole: false },
  minutes: { least: 0.01, most: 100_000, whole: false },
  turns: { least: 1, most: 100_000, whole: true },
  max_parallel: { least: 1, most: 64, whole: true },
};

export type Problems = Partial<Record<keyof Draft, string>>;

export function problemsOf(draft: Draft, uploaded: Uploaded | null): Problems {
  const problems: Problems = {};
  if (!draft.task.trim()) problems.task = "Say what is to be done.";
  if (draft.source === "upload" && !uploaded) problems.source = "Choose a git bundle first.";
  if (draft.source === "clone" && !/^(https?|git):\/\/\S+$/.test(draft.url.trim())) {
    problems.url = "An address that begins with https://, http:// or git://.";
  }
  for (const [name, bounds] of Object.entries(BOUNDS) as [Numbers, Bounds][]) {
    const wrong = wrongNumber(draft[name], bounds);
    if (wrong) problems[name] = wrong;
  }
  return problems;
}

function wrongNumber(text: string, { least, most, whole }: Bounds): string {
  if (!text.trim()) return "";
  const value = Number(text);
  const fits = Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
  return fits ? "" : `A ${whole ? "whole " : ""}number from ${least} to ${most}.`;
}

/** Of a draft without problems. What is empty is left to the fleet. */
export function newRunOf(draft: Draft, uploaded: Uploaded | null): Omit<NewRun, "id"> {
  const { approve, install: install_requirements, edit_tests } = draft;
  const from = draft.source === "clone" ? cloned(draft) : taken(uploaded);
  return {
    task: draft.task.trim(),
    ...from,
    ...filled({ model: draft.model.trim(), role: draft.role, test_command: draft.test_command.trim() }),
    approve,
    policy: { ...(install_requirements && { install_requirements }), ...(edit_tests && { edit_tests }) } as NewRun["policy"],
    limits: numbers(draft, ["usd", "step_usd", "minutes", "turns"]) as Partial<Limits> as Limits,
    ...numbers(draft, ["max_parallel"]),
  };
}

function cloned({ url, ref }: Draft): Partial<NewRun> {
  return { clone: { url: url.trim(), ref: ref.trim() } };
}

function taken(uploaded: Uploaded | null): Partial<NewRun> {
  if (!uploaded) return {};
  const { repository, project, roles, notes } = uploaded;
  return { repository, project, roles, notes };
}

function numbers(draft: Draft, names: readonly Numbers[]): Record<string, number> {
  return Object.fromEntries(names.filter((name) => draft[name].trim()).map((name) => [name, Number(draft[name])]));
}

function filled(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
}

/** The same run, from a terminal. */
export function commandOf(draft: Draft): string {
  const options: [name: string, value: string | boolean][] = [
    ["--repo", draft.source === "clone" ? "repository" : "PATH"],
    ["--model", draft.model.trim()],
    ["--role", draft.role],
    ["--approve", draft.approve === "auto" ? "" : draft.approve],
    ["--test", draft.test_command.trim()],
    ["--budget-usd", draft.usd.trim()],
    ["--step-usd", draft.step_usd.trim()],
    ["--budget-minutes", draft.minutes.trim()],
    ["--max-turns", draft.turns.trim()],
    ["--max-parallel", draft.max_parallel.trim()],
    ["--install", draft.install],
    ["--edit-tests", draft.edit_tests],
  ];
  const said = options.filter(([, value]) => value).map(([name, value]) => (value === true ? name : `${name} ${quoted(String(value))}`));
  const run = ["mycoder run", quoted(draft.task.trim() || "TASK"), ...said].join(" ");
  if (draft.source !== "clone") return run;
  const branch = draft.ref.trim() ? `--branch ${quoted(draft.ref.trim())} ` : "";
  return `git clone ${branch}${quoted(draft.url.trim() || "URL")} repository && ${run}`;
}

/** What was being written, after a reload; what does not fit is dropped. */
export function readDraft(text: string | null): Draft {
  try {
    const value = JSON.parse(text ?? "{}") as Record<string, unknown>;
    const known = Object.entries(EMPTY).map(([name, empty]) => [name, typeof value[name] === typeof empty ? value[name] : empty]);
    const draft = Object.fromEntries(known) as Draft;
    return APPROVE.some(([mode]) => mode === draft.approve) && SOURCES.includes(draft.source) ? draft : EMPTY;
  } catch {
    return EMPTY;
  }
}
