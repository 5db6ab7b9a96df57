// The HTTP API under /api/v1. Every answer that is not good is thrown as an ApiProblem.

import type { Problem } from "./problem";

const PREFIX = "/api/v1";

export class ApiProblem extends Error implements Problem {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fix = "",
  ) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | undefined>;
type Method = "POST" | "PUT" | "DELETE";

/** Empty and undefined parts of the query are left out. */
export function get<Reply>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Reply> {
  return ask<Reply>(address(path, query), { signal });
}

/** A path outside /api/v1, such as /readyz; its answer counts whatever its status is. */
export async function getPlain<Reply>(path: string): Promise<Reply> {
  const response = await reach(path, {});
  return (await response.json()) as Reply;
}

export function send<Reply>(method: Method, path: string, body?: unknown): Promise<Reply> {
  const headers: Record<string, string> = { "X-Mycoder-Client": "web" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return ask<Reply>(address(path), { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${PREFIX}${path}${text && `?${text}`}`;
}

async function ask<Reply>(url: string, init: RequestInit): Promise<Reply> {
  const response = await reach(url, init);
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as Reply;
  return (await response.json()) as Reply;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, "unreachable", "The gateway cannot be reached", "it is tried again by itself");
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  return readProblem(response.status, body);
}

/** From the body of an answer; from anything, as a proxy in between may have written it. */
export function readProblem(status: number, body: unknown): ApiProblem {
  const error = (body as { error?: Partial<Problem> } | null)?.error;
  if (error?.code) return new ApiProblem(status, error.code, error.message ?? error.code, error.fix ?? "");
  return new ApiProblem(status, "http", `The gateway answered with status ${status}`);
}
