// Colours text beside the page, so that reading and scrolling never wait for it.

import { common, createLowlight } from "lowlight";
import { tokenLines, type Token } from "./tokens";

export interface Wanted {
  id: number;
  language: string;
  texts: string[];
}

export interface Coloured {
  id: number;
  /** For each text its lines. */
  lines: Token[][][];
}

const lowlight = createLowlight(common);

addEventListener("message", ({ data }: MessageEvent<Wanted>) => {
  const { id, language, texts } = data;
  const lines = texts.map((text) => tokenLines(lowlight.highlight(language, text)));
  postMessage({ id, lines } satisfies Coloured);
});
