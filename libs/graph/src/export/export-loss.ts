/** Something that a format could not represent. A loss of a whole step has no path; a parameter has one. */
export interface ExportLoss {
  readonly nodeId?: string;
  readonly edgeId?: string;
  /** Inside the node: `position`, `parameters` for all of them, `parameters.cases[0].when`. */
  readonly path?: string;
  /** A sentence about what is missing and, if possible, what to do about it. */
  readonly message: string;
}

/** Further losses are not listed; a last sentence says that there are more. */
export const MAX_LOSSES = 2_000;

/** Losses in the order of detection, without duplicates. */
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
