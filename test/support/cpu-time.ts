/** Time as the processor counts it: a machine that is busy with something else does not change the result. */

/** CPU milliseconds of this process while `work` runs. */
export function cpuMsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
