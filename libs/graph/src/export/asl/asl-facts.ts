/**
 * Facts about the Amazon States Language with JSONata: the fields allowed in each type of state, and its limits, according
 * to its specification (states-language.net). Written from general knowledge; no output has been validated yet.
 */
const EVERY = ['Type', 'Comment'];
const MOVES = ['Next', 'End', 'Output', 'Assign'];
const FAILS = ['Retry', 'Catch'];

export const ASL_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pass: [...EVERY, ...MOVES],
  Task: [...EVERY, ...MOVES, ...FAILS, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Choice: [...EVERY, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...EVERY, ...MOVES, 'Seconds', 'Timestamp'],
  Parallel: [...EVERY, ...MOVES, ...FAILS, 'Branches', 'Arguments'],
  Map: [...EVERY, ...MOVES, ...FAILS, 'Items', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency'],
  Succeed: [...EVERY, 'Output'],
  Fail: [...EVERY, 'Error', 'Cause'],
};

/** Maximum length of a state's name, which is unique in the whole machine. */
export const MAX_STATE_NAME = 80;
/** Maximum wait of a state, in seconds. */
export const MAX_WAIT_SECONDS = 99_999_999;

/** Integrations that the export uses. */
export const ASL_RESOURCES = {
  call: 'arn:aws:states:::lambda:invoke',
  callAndWait: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
} as const;
