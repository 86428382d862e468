/**
 * What is known of the Amazon States Language with JSONata: which fields a state of each type may have, and its bounds, as its
 * specification (states-language.net) has them. Written from general knowledge; no output has been given to a validator yet.
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

/** Characters of a state's name, which is unique in the whole machine. */
export const MAX_STATE_NAME = 80;
/** Seconds that a state may wait. */
export const MAX_WAIT_SECONDS = 99_999_999;

/** Integrations that are written here. */
export const ASL_RESOURCES = {
  call: 'arn:aws:states:::lambda:invoke',
  callAndWait: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
} as const;
