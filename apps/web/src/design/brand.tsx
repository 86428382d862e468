export function Brand({ compact = false }: { compact?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2 font-semibold text-[0.9375rem] text-ink tracking-tight">
      <svg viewBox="0 0 32 32" aria-hidden="true" className="size-6">
        <rect width="32" height="32" rx="9" className="fill-accent" />
        <g fill="none" className="stroke-on-accent" strokeWidth="2.4" strokeLinecap="round">
          <path d="M16 6v20M16 17c0 4-2.5 7-7.500 8M16 17c0 4 2.5 7 7.500 8M10.500 11.500h11" />
        </g>
      </svg>
      <span className={compact ? 'sr-only' : ''}>Holdfast</span>
    </span>
  );
}
