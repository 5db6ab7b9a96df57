// A file as the page gets it: its text, or why there is none to show. Pure but for the fetch.

import { address, readProblem } from "../../data/api";

/** More than this is not shown, only offered for saving. */
export const MOST_BYTES = 2 << 20;

export interface FileContent {
  kind: "text" | "binary" | "long";
  text: string;
  bytes: number;
}

/** The beginning of a file is asked for, so that a huge one costs no more than a long one. */
export async function getContent(run: string, at: string, path: string, signal?: AbortSignal): Promise<FileContent> {
  const headers = { Range: `bytes=0-${MOST_BYTES - 1}` };
  const response = await fetch(address(`/runs/${run}/files/content`, { at, path }), { headers, signal, credentials: "same-origin" });
  if (response.status === 416) return { kind: "text", text: "", bytes: 0 }; // an empty file has no first byte
  if (!response.ok) throw readProblem(response.status, await response.json().catch(() => null));
  const data = await response.arrayBuffer();
  const bytes = totalOf(response.headers.get("content-range")) ?? data.byteLength;
  const isText = (response.headers.get("content-type") ?? "").startsWith("text/");
  return contentOf(data, bytes, isText);
}

export function contentOf(data: ArrayBuffer, bytes: number, isText: boolean): FileContent {
  if (!isText) return { kind: "binary", text: "", bytes };
  const text = new TextDecoder().decode(data);
  if (bytes <= data.byteLength) return { kind: "text", text, bytes };
  return { kind: "long", text: text.slice(0, text.lastIndexOf("\n") + 1 || text.length), bytes };
}

export function totalOf(range: string | null): number | null {
  const found = /\/(\d+)$/.exec(range ?? "");
  return found ? Number(found[1]) : null;
}

/** The lines of a text; the end of the last one begins no new one. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
