/**
 * Shows the progress of a tool, one line per step: a spinner with elapsed seconds on a terminal, plain lines elsewhere.
 * Plain JavaScript, because it also runs before anything is installed.
 */

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const PLAIN_REMINDER_MS = 10_000;

/** A failure that the reader can fix; printed without a stack. */
export class Advice extends Error {}

/**
 * Runs one step and shows its progress until it settles. A rejection is shown as failed and rethrown.
 * @template T
 * @param {string} title what is being done, as a noun: "Database"
 * @param {(tell: (note: string) => void) => T | Promise<T>} work gets a function that changes the note beside the title
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = Date.now();
  const terminal = process.stdout.isTTY === true && !process.env.CI;
  let note = '';
  let frame = 0;
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const line = (sign, text) => `${sign} ${title}${text ? `: ${text}` : ''} (${seconds()})`;
  const draw = () => {
    const width = (process.stdout.columns ?? 80) - 1;
    process.stdout.write(`\r\x1b[2K${line(FRAMES[frame++ % FRAMES.length], note).slice(0, width)}`);
  };
  const timer = terminal
    ? setInterval(draw, 100)
    : setInterval(() => console.log(line('…', note || 'still working')), PLAIN_REMINDER_MS);
  timer.unref();
  if (terminal) draw();
  try {
    const result = await work((text) => {
      note = text;
    });
    if (terminal) process.stdout.write('\r\x1b[2K');
    console.log(line('✓', note));
    return result;
  } catch (error) {
    if (terminal) process.stdout.write('\r\x1b[2K');
    console.log(line('✗', note));
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Prints a failure: advice without a stack, anything else with its stack, because that is a defect of this project.
 * @param {unknown} error
 */
export function printFailure(error) {
  if (error instanceof Advice) console.error(`\n${error.message}\n`);
  else console.error('\nUnexpected failure:', error);
}
