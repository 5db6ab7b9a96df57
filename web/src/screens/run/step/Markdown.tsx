import ReactMarkdown, { type Components } from "react-markdown";

/** No raw HTML, no images, no headings of the page's own levels; links say where they lead and open elsewhere. */
const PARTS: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer noopener nofollow">
      {children}
      {href && <span className="quiet small"> ({href})</span>}
    </a>
  ),
  img: ({ alt, src }) => (
    <span className="quiet">
      [image: {alt || "no words for it"}, {String(src ?? "")}]
    </span>
  ),
  h1: ({ children }) => <p className="md-head">{children}</p>,
  h2: ({ children }) => <p className="md-head">{children}</p>,
  h3: ({ children }) => <p className="md-head">{children}</p>,
  h4: ({ children }) => <p className="md-head">{children}</p>,
  h5: ({ children }) => <p className="md-head">{children}</p>,
  h6: ({ children }) => <p className="md-head">{children}</p>,
  pre: ({ children }) => (
    <pre className="out" tabIndex={0}>
      {children}
    </pre>
  ),
};

export default function Markdown({ text }: { text: string }) {
  return (
    <div className="md">
      <ReactMarkdown skipHtml components={PARTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
