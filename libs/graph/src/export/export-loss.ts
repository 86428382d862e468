/** What a format could not take along. A whole step has no path; a parameter has one. */
export interface ExportLoss {
  readonly nodeId?: string;
  readonly edgeId?: string;
  /** Inside the node: `position`, `parameters` for all of them, `parameters.cases[0].when`. */
  readonly path?: string;
  /** A plain sentence about what is missing and, where there is one, what to do about it. */
  readonly message: string;
}

/** More losses than this are counted in a last sentence and not listed one by one. */
export const MAX_LOSSES = 2_000;

/** Losses in the order in which they were noticed, each said once. */
export class LossList {
  private readonly known = new Set<string>();
  private readonly found: ExportLoss[] = [];

  add(loss: ExportLoss): void {
    const key = JSON.stringify([loss.nodeId, loss.edgeId, loss.path, loss.message]);
    if (this.known.has(key)) return;
    this.known.add(key);
    this.found.push(loss);
  }

  get all(): readonly ExportLoss[] {
    const left = this.found.length - MAX_LOSSES;
    if (left <= 0) return this.found;
    return [...this.found.slice(0, MAX_LOSSES), { message: `${left} more losses of the same kinds are not listed.` }];
  }
}
