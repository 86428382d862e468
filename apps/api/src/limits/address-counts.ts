/** Counts what addresses hold at the moment. Remembers only addresses that hold something. */
export class AddressCounts {
  private readonly counts = new Map<string, number>();

  /** @param most what one address may hold; without a limit when `null` */
  constructor(private readonly most: number | null) {}

  /** @returns a function that gives the place back, once however often it is called; `null` when the address holds too much */
  enter(address: string): (() => void) | null {
    const count = this.counts.get(address) ?? 0;
    if (this.most !== null && count >= this.most) return null;
    this.counts.set(address, count + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.counts.get(address) ?? 1) - 1;
      if (left === 0) this.counts.delete(address);
      else this.counts.set(address, left);
    };
  }

  get addresses(): number {
    return this.counts.size;
  }
}
