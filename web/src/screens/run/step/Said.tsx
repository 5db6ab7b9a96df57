import "./Said.css";
import { memo, Suspense } from "react";
import { Markdown } from "../views";

/** Only what looks like more than plain sentences needs the reader for Markdown. */
const MARKS = /[`*_#[\]|>]|^\s*[-\d]/m;

/** What a model said: text that is not trusted, with the looks it asked for and nothing else. */
export const Said = memo(function Said({ text }: { text: string }) {
  const plain = <Plain text={text} />;
  if (!MARKS.test(text)) return plain;
  return (
    <Suspense fallback={plain}>
      <Markdown text={text} />
    </Suspense>
  );
});

/** Its paragraphs, as high as they will be once Markdown is read. */
function Plain({ text }: { text: string }) {
  return (
    <div className="md">
      {text.trim().split(/\n{2,}/).map((paragraph, at) => (
        <p key={at} className="turn-said">
          {paragraph}
        </p>
      ))}
    </div>
  );
}
