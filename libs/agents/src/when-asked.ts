/**
 * When and where a prompt was written, as a model is told it. Owns the wording. It is the same in every attempt at a run.
 */
import type { AgentContext } from '#libs/engine';

type Asked = Pick<AgentContext, 'startedAt' | 'timeZone'>;

/** A sentence with weekday, date, time and time zone, in English. */
export function whenAsked({ startedAt, timeZone }: Asked): string {
  const zone = timeZone ?? 'UTC';
  const when = new Intl.DateTimeFormat('en', {
    dateStyle: 'full',
    timeStyle: 'short',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(startedAt);
  return timeZone === null
    ? `The request was made on ${when} UTC; the time zone of whoever made it is not known.`
    : `The request was made on ${when} in the time zone ${zone}, which every date and time in it refers to.`;
}

/** The day of the request where it was written, as `YYYY-MM-DD`. */
export function dayAsked({ startedAt, timeZone }: Asked): string {
  // Sweden writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeZone: timeZone ?? 'UTC' }).format(startedAt);
}
