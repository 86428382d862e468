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
  session: 'ses',
  link: 'lnk',
} as const;

export type IdKind = keyof typeof prefixes;
declare const idBrand: unique symbol;
type Id<P extends string> = `${P}_${string}` & { readonly [idBrand]: P };

/** The type of an id by its kind. */
export type IdTypes = { [K in IdKind]: Id<(typeof prefixes)[K]> };

export type UserId = IdTypes['user'];
export type WorkflowId = IdTypes['workflow'];
export type MessageId = IdTypes['message'];
export type RunId = IdTypes['run'];
export type StepId = IdTypes['step'];
export type StepAttemptId = IdTypes['stepAttempt'];
export type RunEventId = IdTypes['runEvent'];
export type HookId = IdTypes['hook'];
export type GraphRevisionId = IdTypes['graphRevision'];
export type WorkerId = IdTypes['worker'];
export type SessionId = IdTypes['session'];
export type LinkId = IdTypes['link'];

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

/** The one user of an instance without accounts. The first administrator takes this user over, with all it owns. */
export const LOCAL_USER_ID = 'usr_00000000000070008000000000000001' as UserId;
