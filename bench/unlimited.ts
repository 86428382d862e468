/** Settings of an api whose limits on single clients are off: a benchmark is one client that does the work of thousands. */
export const unlimited: Record<string, string> = { HOLDFAST_CONNECTIONS_PER_ADDRESS: '0' };
