import type { ReactNode } from "react";

/** The little Markdown that help texts use: paragraphs, lists, `code`, **strong**, links. Never HTML. */
export function Markdown({ text }: { text: string }) {
  const blocks = text.trim().split(/\n\s*\n/);
  return (
    <div className="grid gap-2">
      {blocks.map((block, index) => {
        const lines = block.split("\n");
        const list = lines.every((line) => /^\s*(?:[-*]|\d+[.)])\s/.test(line) || /^\s{2,}/.test(line));
        if (!list) return <p key={index}>{inline(block.replace(/^#+\s*/, ""))}</p>;
        const items = block.split(/\n(?=\s*(?:[-*]|\d+[.)])\s)/);
        return (
          <ul key={index} className="list-disc pl-5">
            {items.map((item, at) => (
              <li key={at}>{inline(item.replace(/^\s*(?:[-*]|\d+[.)])\s+/, ""))}</li>
            ))}
          </ul>
        );
      })}
    </div>
  );
}

/** One line of it. */
export function Inline({ text }: { text: string }) {
  return <>{inline(text)}</>;
}

const TOKEN = /`([^`]+)`|\*\*([^*]+)\*\*|(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)|(https?:\/\/[^\s)>\]]+[^\s)>\].,;:])/g;

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, code, strong, emphasis, label, target, bare] = match;
    parts.push(text.slice(at, match.index));
    const key = match.index;
    if (code) parts.push(<code key={key} className="rounded bg-sunken px-1 py-0.5 wrap-anywhere">{code}</code>);
    else if (strong) parts.push(<strong key={key}>{strong}</strong>);
    else if (emphasis) parts.push(<em key={key}>{emphasis}</em>);
    else {
      parts.push(
        <a key={key} href={target ?? bare} rel="noreferrer" target="_blank" className="text-accent underline underline-offset-2 wrap-anywhere">
          {label ?? bare}
        </a>,
      );
    }
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts;
}
