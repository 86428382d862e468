/**
 * Contains a rendering failure: a note replaces the failed part, and everything around it stays. The part is rendered again
 * when its input changes or on request.
 */
import { TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  /** The part that could not be shown, as the subject of a sentence: "This message". */
  what: string;
  children: ReactNode;
  /** The input of the children. They are rendered again when it changes. */
  from?: unknown;
  /** Fills the space of the children, for a failed pane or page. */
  fills?: boolean;
  /** Replaces the note where there is no room for one. */
  instead?: ReactNode;
}

interface BoundaryState {
  /** The thrown value, wrapped because anything may be thrown, including `undefined`. */
  thrown: { readonly error: unknown } | null;
  from: unknown;
}

/** Maximum length shown of an external error message. */
const MAX_REASON_CHARS = 300;

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON_CHARS);
}

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { thrown: null, from: this.props.from };

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { thrown: { error } };
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: BoundaryState): Partial<BoundaryState> | null {
    return Object.is(props.from, state.from) ? null : { from: props.from, thrown: null };
  }

  override render(): ReactNode {
    const { what, children, fills = false, instead } = this.props;
    const { thrown } = this.state;
    if (!thrown) return children;
    if (instead !== undefined) return instead;
    return (
      <div className={fills ? 'grid size-full place-items-center p-6' : ''}>
        <div
          role="alert"
          data-testid="not-shown"
          className="w-full max-w-md rounded-xl border border-warn/40 bg-warn-soft px-3.5 py-2.5 text-sm"
        >
          <p className="flex gap-2.5 text-warn">
            <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            <span className="flex-1">{what} can’t be shown. Everything else still works.</span>
          </p>
          <details className="mt-1.5 pl-6.5 text-ink-soft text-xs">
            <summary>What happened</summary>
            <p className="mt-1 [overflow-wrap:anywhere]">{reasonOf(thrown.error)}</p>
          </details>
          <button
            type="button"
            onClick={() => this.setState({ thrown: null })}
            className="mt-1.5 ml-6.5 font-medium text-warn text-xs underline underline-offset-2"
          >
            Try again
          </button>
        </div>
      </div>
    );
  }
}
