/** Lines as they are, such as JSON. Takes the focus, because that is how a keyboard scrolls what is too large to be shown whole. */
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
