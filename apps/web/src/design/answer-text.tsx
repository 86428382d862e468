/**
 * Text written by a model, rendered as Markdown. It shows no images, runs no HTML, and links only to https and mailto
 * addresses, which stay visible.
 */
import type { AnchorHTMLAttributes, ReactNode } from 'react';
import { memo } from 'react';
import { defaultRehypePlugins, Streamdown } from 'streamdown';

const allowedProtocols: ReadonlySet<string> = new Set(['https:', 'mailto:']);

/**
 * The address if it may be linked, otherwise `null`. Relative addresses are not linked, because they would lead into this
 * page.
 */
export function safeAddress(address: string | undefined): string | null {
  if (!address || !URL.canParse(address)) return null;
  return allowedProtocols.has(new URL(address).protocol) ? address : null;
}

function AnswerLink({ href, children }: AnchorHTMLAttributes<HTMLAnchorElement>) {
  const address = safeAddress(href);
  if (!address) return <span>{children}</span>;
  return (
    <a href={address} title={address} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function NoImage({ alt }: { alt?: string }): ReactNode {
  return alt ? <span>[{alt}]</span> : null;
}

function WideTable({ children }: { children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls what has the focus.
    <div tabIndex={0} className="my-3 overflow-x-auto rounded-lg border border-line">
      <table className="w-full border-collapse text-sm">{children}</table>
    </div>
  );
}

const components = { a: AnswerLink, img: NoImage, table: WideTable };
const controls = { table: false, code: { copy: true, download: false }, mermaid: false } as const;
const linkSafety = { enabled: false };
// Without the plugin that parses HTML, tags become text or disappear; the result is still sanitised.
const { sanitize } = defaultRehypePlugins;
const rehypePlugins = sanitize ? [sanitize] : null;

interface AnswerTextProps {
  text: string;
  streaming?: boolean;
}

export const AnswerText = memo(function AnswerText({ text, streaming = false }: AnswerTextProps) {
  // If a release of the library lacks its sanitiser, nothing is rendered unsanitised.
  if (!rehypePlugins)
    return (
      <div dir="auto" className="prose-answer whitespace-pre-wrap">
        {text}
      </div>
    );
  return (
    <div dir="auto">
      <Streamdown
        className="prose-answer"
        mode={streaming ? 'streaming' : 'static'}
        parseIncompleteMarkdown={streaming}
        isAnimating={streaming}
        components={components}
        controls={controls}
        linkSafety={linkSafety}
        rehypePlugins={rehypePlugins}
        skipHtml
        lineNumbers={false}
      >
        {text}
      </Streamdown>
    </div>
  );
});
