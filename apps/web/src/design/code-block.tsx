/** Preformatted text such as JSON. Focusable, so that a keyboard can scroll text that does not fit. */
export function CodeBlock({ text }: { text: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above.
      tabIndex={0}
      className="max-h-56 overflow-auto rounded-lg bg-sunken p-2.5 font-mono text-ink-soft text-xs leading-relaxed"
    >
      {text}
    </pre>
  );
}
