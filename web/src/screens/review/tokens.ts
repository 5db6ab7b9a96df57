// Coloured text: which language a file is in, and a highlighter's tree as runs of text, line by line. Pure.

import type { Root, RootContent } from "hast";

/** A class name, empty for plain text, and the text. */
export type Token = readonly [className: string, text: string];

const LANGUAGES: Record<string, string> = {
  bash: "sh bash zsh",
  c: "c h",
  cpp: "cc cpp cxx hh hpp",
  csharp: "cs",
  css: "css scss",
  go: "go",
  ini: "ini toml cfg",
  java: "java",
  javascript: "js jsx mjs cjs",
  json: "json jsonl",
  kotlin: "kt kts",
  lua: "lua",
  makefile: "mk makefile",
  markdown: "md markdown",
  php: "php",
  python: "py pyi",
  ruby: "rb rakefile gemfile",
  rust: "rs",
  sql: "sql",
  swift: "swift",
  typescript: "ts tsx mts cts",
  xml: "xml html svg vue",
  yaml: "yml yaml",
};

const BY_END = new Map(Object.entries(LANGUAGES).flatMap(([name, ends]) => ends.split(" ").map((end) => [end, name])));

/** Empty when it is in none we colour. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return BY_END.get(name.slice(name.lastIndexOf(".") + 1)) ?? "";
}

/** The text of the tree again, cut at its line ends. */
export function tokenLines(tree: Root): Token[][] {
  const lines: Token[][] = [[]];
  const visit = (node: RootContent, className: string) => {
    if (node.type === "element") {
      const own = node.properties.className;
      const name = Array.isArray(own) ? own.join(" ") : className;
      for (const child of node.children) visit(child, name);
    } else if (node.type === "text") {
      node.value.split("\n").forEach((text, at) => {
        if (at) lines.push([]);
        if (text) lines.at(-1)?.push([className, text]);
      });
    }
  };
  for (const child of tree.children) visit(child, "");
  return lines;
}
