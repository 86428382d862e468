/**
 * Identifiers: their prefixes, their format and how they are made.
 *
 * An id is `<prefix>_<32 hex digits>`; the digits are a UUIDv7, which keeps indexes compact. They depend on the clock of
 * the process that made them, so ids of several processes do not show which came first: Postgres keeps that order.
 */
import { v7 as uuidv7 } from 'uuid';

const prefixes = {
  user: 'usr',
  workflow: 'wf',
  message: 'msg',
  run: 'run',
  step: 'step',
  stepAttempt: 'att',
  runEvent: 'evt',
  hook: 'hook',
  graphRevision: 'rev',
  worker: 'wrk',
} as const;

export type IdKind = keyof typeof prefixes;
type Prefix = (typeof prefixes)[IdKind];

declare const idBrand: unique symbol;
type Id<P extends Prefix> = `${P}_${string}` & { readonly [idBrand]: P };

export type UserId = Id<'usr'>;
export type WorkflowId = Id<'wf'>;
export type MessageId = Id<'msg'>;
export type RunId = Id<'run'>;
export type StepId = Id<'step'>;
export type StepAttemptId = Id<'att'>;
export type RunEventId = Id<'evt'>;
export type HookId = Id<'hook'>;
export type GraphRevisionId = Id<'rev'>;
export type WorkerId = Id<'wrk'>;

export interface IdTypes {
  user: UserId;
  workflow: WorkflowId;
  message: MessageId;
  run: RunId;
  step: StepId;
  stepAttempt: StepAttemptId;
  runEvent: RunEventId;
  hook: HookId;
  graphRevision: GraphRevisionId;
  worker: WorkerId;
}

/** A new id of the given kind. Ids made by one process are strictly increasing. */
export function newId<K extends IdKind>(kind: K): IdTypes[K] {
  return `${prefixes[kind]}_${uuidv7().replaceAll('-', '')}` as IdTypes[K];
}

const shape = /^([a-z]+)_[0-9a-f]{32}$/;

/** Whether `text` has the format of an id of this kind. The id need not exist. */
export function isId<K extends IdKind>(kind: K, text: unknown): text is IdTypes[K] {
  return typeof text === 'string' && shape.exec(text)?.[1] === prefixes[kind];
}

/** The kind for an id's prefix, or `null` when `text` is not an id. */
export function idKindOf(text: string): IdKind | null {
  const prefix = shape.exec(text)?.[1];
  const entry = Object.entries(prefixes).find(([, candidate]) => candidate === prefix);
  return (entry?.[0] as IdKind | undefined) ?? null;
}

/** The one user who owns everything until accounts exist. */
export const LOCAL_USER_ID = 'usr_00000000000070008000000000000001' as UserId;
