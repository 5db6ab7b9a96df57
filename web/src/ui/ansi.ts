// What a terminal would show, as pieces of text with their looks. Pure.

import { AnsiUp } from "ansi_up";

export interface Piece {
  text: string;
  className: string;
  /** Only for colours outside the sixteen. */
  color?: string;
}

interface Colour {
  rgb: number[];
  class_name: string;
}

interface Fragment {
  text: string;
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  fg: Colour | null;
  bg: Colour | null;
}

/** Its parser is what is wanted; where it would make HTML, pieces are kept instead. The version is pinned. */
interface Inside {
  transform_to_html(fragment: Fragment): string;
  process_hyperlink(link: { text: string }): string;
}

export function ansiPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  const parser = new AnsiUp();
  const inside = parser as unknown as Inside;
  inside.transform_to_html = (fragment) => {
    if (fragment.text) pieces.push(pieceOf(fragment));
    return "";
  };
  inside.process_hyperlink = (link) => {
    pieces.push({ text: link.text, className: "" });
    return "";
  };
  parser.ansi_to_html(text);
  return pieces;
}

function pieceOf({ text, bold, faint, italic, underline, fg, bg }: Fragment): Piece {
  const marks = { bold, faint, italic, underline };
  const names = Object.entries(marks).flatMap(([name, on]) => (on ? [`ansi-${name}`] : []));
  const own = fg !== null && !isNamed(fg);
  if (fg && !own) names.push(`${fg.class_name.replace("-bright", "")}-fg`);
  if (bg && isNamed(bg)) names.push(`${bg.class_name.replace("-bright", "")}-bg`);
  const className = names.join(" ");
  return own ? { text, className, color: `rgb(${fg.rgb.join(" ")})` } : { text, className };
}

function isNamed(colour: Colour): boolean {
  return colour.class_name.startsWith("ansi-");
}
