/** What went wrong, as a sentence; nothing while all is well. */
export function Problem({ text, className = '' }: { text: string | null; className?: string }) {
  return text ? (
    <p role="alert" className={`text-bad text-sm ${className}`}>
      {text}
    </p>
  ) : null;
}
