// Paths as the tree a person knows them from, directories with one entry folded into it. Pure.

export interface Leaf<Item> {
  kind: "file";
  name: string;
  depth: number;
  item: Item;
}

export interface Branch {
  kind: "directory";
  name: string;
  path: string;
  depth: number;
  files: number;
}

export type TreeRow<Item> = Leaf<Item> | Branch;

interface Node<Item> {
  directories: Map<string, Node<Item>>;
  files: { name: string; item: Item }[];
}

/** The rows from top to bottom; what is below a path in `closed` is left out. */
export function treeRows<Item extends { path: string }>(items: readonly Item[], closed: ReadonlySet<string>): TreeRow<Item>[] {
  const root: Node<Item> = { directories: new Map(), files: [] };
  for (const item of items) insert(root, item);
  const rows: TreeRow<Item>[] = [];
  walk(root, "", 0, closed, rows);
  return rows;
}

/** As the open tree shows them, so that going from one to the next goes down the tree. */
export function inTreeOrder<Item extends { path: string }>(items: readonly Item[]): Item[] {
  return treeRows(items, new Set()).flatMap((row) => (row.kind === "file" ? [row.item] : []));
}

function insert<Item extends { path: string }>(root: Node<Item>, item: Item): void {
  const names = item.path.split("/");
  let node = root;
  for (const name of names.slice(0, -1)) {
    const next = node.directories.get(name) ?? { directories: new Map(), files: [] };
    node.directories.set(name, next);
    node = next;
  }
  node.files.push({ name: names.at(-1) ?? item.path, item });
}

function walk<Item>(node: Node<Item>, path: string, depth: number, closed: ReadonlySet<string>, rows: TreeRow<Item>[]): void {
  for (const [first, directory] of sorted(node.directories)) {
    const [name, end] = folded(first, directory);
    const whole = path ? `${path}/${name}` : name;
    rows.push({ kind: "directory", name, path: whole, depth, files: count(end) });
    if (!closed.has(whole)) walk(end, whole, depth + 1, closed, rows);
  }
  for (const { name, item } of node.files) rows.push({ kind: "file", name, depth, item });
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** `a` that holds nothing but `b` is one row, `a/b`. */
function folded<Item>(name: string, node: Node<Item>): [string, Node<Item>] {
  const only = node.directories.size === 1 && node.files.length === 0 ? [...node.directories][0] : undefined;
  if (!only) return [name, node];
  const [rest, end] = folded(only[0], only[1]);
  return [`${name}/${rest}`, end];
}

function count<Item>(node: Node<Item>): number {
  return [...node.directories.values()].reduce((sum, inner) => sum + count(inner), node.files.length);
}

/** With the item when it was not there, without it when it was. */
export function toggled<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
