/** A failure that its reader can act on: printed as it is, without a stack. */
export class Advice extends Error {}

/** Runs one step and shows its progress until it settles. A rejection is shown as failed and thrown on. */
export function step<T>(title: string, work: (tell: (note: string) => void) => T | Promise<T>): Promise<T>;

/** Prints a failure: advice as it is, anything else with its stack. */
export function printFailure(error: unknown): void;
