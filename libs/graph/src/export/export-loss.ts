/** What a format could not take along. A whole step has no path; a parameter has one. */
export interface ExportLoss {
  readonly nodeId?: string;
  readonly edgeId?: string;
  /** Inside the node: `position`, `parameters` for all of them, `parameters.cases[0].when`. */
  readonly path?: string;
  /** A plain sentence about what is missing and, where there is one, what to do about it. */
  readonly message: string;
}

/** More losses than this are not listed one by one; a last sentence says that there are more. */
export const MAX_LOSSES = 2_000;

/** Losses in the order in which they were noticed, each said once. */
export class LossList {
  private readonly found = new Map<string, ExportLoss>();
  private more = false;

  add(loss: ExportLoss): void {
    const key = JSON.stringify([loss.nodeId, loss.edgeId, loss.path, loss.message]);
    if (this.found.has(key)) return;
    if (this.found.size < MAX_LOSSES) this.found.set(key, loss);
    else this.more = true;
  }

  get all(): readonly ExportLoss[] {
    const listed = [...this.found.values()];
    return this.more
      ? [...listed, { message: 'There are more losses of the same kinds, which are not listed.' }]
      : listed;
  }
}
