/** When and where a prompt was written, in the words given to the model. The same in every attempt at a run. */
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

/** The date of the request in its time zone, as `YYYY-MM-DD`. */
export function dayAsked({ startedAt, timeZone }: Asked): string {
  // The Swedish locale formats dates as ISO 8601.
  return new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeZone: timeZone ?? 'UTC' }).format(startedAt);
}
