/**
 * Loaded with `--import`: shifts the clock of this process by HOLDFAST_TEST_CLOCK_MS milliseconds from the start, and by a
 * further HOLDFAST_TEST_CLOCK_JUMP_MS after SIGUSR2. Timers and `performance.now()` are unaffected, as when a machine's
 * clock is set.
 */
const RealDate = globalThis.Date;
let offsetMs = Number(process.env.HOLDFAST_TEST_CLOCK_MS ?? 0);

process.on('SIGUSR2', () => {
  offsetMs += Number(process.env.HOLDFAST_TEST_CLOCK_JUMP_MS ?? 0);
  process.stderr.write('the clock was set\n');
});

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + offsetMs] : args, newTarget),
  apply: () => new RealDate(RealDate.now() + offsetMs).toString(),
  get: (target, property, receiver) =>
    property === 'now' ? () => RealDate.now() + offsetMs : Reflect.get(target, property, receiver),
});
