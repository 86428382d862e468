/** A failure that the reader can fix; printed without a stack. */
export class Advice extends Error {}

/** Runs one step and shows its progress until it settles. A rejection is shown as failed and rethrown. */
export function step<T>(title: string, work: (tell: (note: string) => void) => T | Promise<T>): Promise<T>;

/** Prints a failure: advice without a stack, anything else with its stack. */
export function printFailure(error: unknown): void;
