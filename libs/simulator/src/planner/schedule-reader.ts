/**
 * Finds a recurring time in a text and writes it as cron. Knows English, French and German; never reads single dates.
 */
import { NUMBER, readNumber, readTime, type TimeOfDay } from './quantities.js';

export interface ScheduleReading {
  cron: string;
  label: string;
  /** Place of the words in the text. */
  index: number;
  length: number;
}

const days: readonly (readonly [RegExp, number, string])[] = [
  [/mondays?|lundis?|montags?/iu, 1, 'Monday'],
  [/tuesdays?|mardis?|dienstags?/iu, 2, 'Tuesday'],
  [/wednesdays?|mercredis?|mittwochs?/iu, 3, 'Wednesday'],
  [/thursdays?|jeudis?|donnerstags?/iu, 4, 'Thursday'],
  [/fridays?|vendredis?|freitags?/iu, 5, 'Friday'],
  [/saturdays?|samedis?|samstags?/iu, 6, 'Saturday'],
  [/sundays?|dimanches?|sonntags?/iu, 0, 'Sunday'],
];
const dayNames = days.map(([pattern]) => pattern.source).join('|');
const every = '(?:every|each|on|chaque|tous les|toutes les|jede[nrsm]?|alle|am|le)';
const clock =
  "(?:\\s*,?\\s*(?:(?:in the )?(?:morning|evening|afternoon)\\s*)?(?:at|um|à|gegen)\\s*\\d{1,2}(?:[:.h]\\d{2})?(?:\\s*(?:am|pm|uhr|h\\b|o'clock|heures?))?|\\s*(?:at |à |um |am )?(?:noon|midnight|midi|minuit|mittags?|mitternacht))?";

const patterns: readonly {
  pattern: RegExp;
  read: (text: string, match: RegExpExecArray) => [string, string] | undefined;
}[] = [
  {
    pattern: new RegExp(
      `\\b${every}\\s+(?:(other|second)\\s+)?(${NUMBER})\\s*(minutes?|minuten|min|hours?|heures?|stunden?|h)\\b`,
      'iu',
    ),
    read: (_text, match) => interval(readNumber(match[2] ?? ''), match[3] ?? ''),
  },
  {
    pattern:
      /\b(?:every|each|chaque|jede)\s+(minute|hour|heure|stunde)\b|\bhourly\b|\bstündlich\b|\btoutes les heures\b/iu,
    read: (_text, match) => interval(1, match[1] ?? 'hour'),
  },
  {
    pattern: new RegExp(
      `\\b(?:(?:every|each|chaque|tous les|jede[nrsm]?|on|am|le)\\s+)?(?:weekdays?|working days?|workdays?|business days?|werktags?|werktag|jours? ouvrés?)\\b${clock}`,
      'iu',
    ),
    read: (text) => daily(text, '1-5', 'weekday', { hour: 9, minute: 0 }),
  },
  {
    pattern: new RegExp(
      `\\b${every}\\s+(${dayNames})(?:\\s+(?:morning|evening|afternoon|matin|soir|morgen|abend))?${clock}|\\b(mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|montags|dienstags|mittwochs|donnerstags|freitags|samstags|sonntags)\\b${clock}`,
      'iu',
    ),
    read: (text, match) => {
      const day = days.find(([pattern]) => pattern.test(match[0]));
      return day && daily(text, String(day[1]), day[2], partOfDay(match[0]));
    },
  },
  {
    pattern: new RegExp(
      `\\b(?:first (?:day )?of (?:the|each|every) month|every month|each month|monthly|monatlich|jeden monat|chaque mois|tous les mois|mensuel\\w*)\\b${clock}`,
      'iu',
    ),
    read: (text) => {
      const { hour, minute } = readTime(text) ?? { hour: 8, minute: 0 };
      return [`${minute} ${hour} 1 * *`, `First of the month at ${time(hour, minute)}`];
    },
  },
  {
    pattern: new RegExp(
      `\\b(?:every week|each week|weekly|wöchentlich|jede woche|chaque semaine|hebdomadaire\\w*)\\b${clock}`,
      'iu',
    ),
    read: (text) => daily(text, '1', 'Monday', { hour: 8, minute: 0 }),
  },
  {
    pattern: new RegExp(
      `\\b(?:(?:every|each|jede) (?:night|nacht)|nightly|nächtlich|chaque nuit|toutes les nuits)\\b${clock}`,
      'iu',
    ),
    read: (text) => daily(text, '*', 'night', { hour: 2, minute: 0 }),
  },
  {
    pattern: new RegExp(
      `\\b(?:(?:every|each) (?:day|morning|evening|afternoon)|daily|täglich|jeden (?:tag|morgen|abend)|chaque (?:jour|matin|soir)|tous les (?:jours|matins|soirs)|quotidien\\w*)\\b${clock}`,
      'iu',
    ),
    read: (text, match) => daily(text, '*', 'day', partOfDay(match[0])),
  },
];

/** The recurring time that comes first in the table of patterns. `undefined` when the text names none. */
export function readSchedule(text: string): ScheduleReading | undefined {
  for (const { pattern, read } of patterns) {
    const match = pattern.exec(text);
    // The time may stand apart from the day ("a daily question at 9:30"), so it is looked for in the whole text.
    const result = match && read(readTime(match[0]) ? match[0] : text, match);
    if (match && result) return { cron: result[0], label: result[1], index: match.index, length: match[0].length };
  }
  return undefined;
}

const recurring =
  /\b(?:every|each|chaque|tous les|toutes les|jede[nrsm]?|alle)\b|\b(?:daily|nightly|weekly|monthly|hourly|täglich|wöchentlich|monatlich)\b/iu;
const lead = /^(?:\W|\b(?:and|also|then|plus|besides|et|puis|aussi|und|dann|außerdem)\b)*$/iu;

/** The recurring time that a clause begins or ends with: it asks for a start of its own. */
export function readOwnTime(clause: string): (ScheduleReading & { begins: boolean; bare: boolean }) | undefined {
  const schedule = readSchedule(clause);
  if (!schedule || !recurring.test(clause.slice(schedule.index, schedule.index + schedule.length))) return undefined;
  const begins = lead.test(clause.slice(0, schedule.index));
  const ends = !/[\p{L}\p{N}]/u.test(clause.slice(schedule.index + schedule.length));
  return begins || ends ? { ...schedule, begins, bare: begins && ends } : undefined;
}

/** Another day, another hour or both, for a schedule that runs once on some days. `undefined` when the text names neither. */
export function readMovedSchedule(text: string, cron: string): ScheduleReading | undefined {
  const [minute, hour, ...rest] = cron.split(' ');
  const day = new RegExp(`\\b(?:${dayNames})\\b`, 'iu').exec(text);
  const at = readTime(text) ?? { hour: Number(hour), minute: Number(minute) };
  if ((!day && !readTime(text)) || !Number.isInteger(at.hour) || !Number.isInteger(at.minute)) return undefined;
  const known = day && days.find(([pattern]) => pattern.test(day[0]));
  const when = `${at.minute} ${at.hour}`;
  const place = { index: 0, length: text.length };
  if (known)
    return { cron: `${when} * * ${known[1]}`, label: `Every ${known[2]} at ${time(at.hour, at.minute)}`, ...place };
  const weekly = rest.join(' ');
  const name = weekly === '* * *' ? 'day' : days.find(([, number]) => weekly === `* * ${number}`)?.[2];
  return {
    cron: [when, ...rest].join(' '),
    label: name ? `Every ${name} at ${time(at.hour, at.minute)}` : 'By the clock',
    ...place,
  };
}

function interval(count: number | undefined, unit: string): [string, string] | undefined {
  if (!count) return undefined;
  if (/^m/iu.test(unit)) {
    const minutes = Math.min(59, Math.max(1, Math.round(count)));
    return [
      minutes === 1 ? '* * * * *' : `*/${minutes} * * * *`,
      minutes === 1 ? 'Every minute' : `Every ${minutes} minutes`,
    ];
  }
  const hours = Math.min(23, Math.max(1, Math.round(count)));
  return [hours === 1 ? '0 * * * *' : `0 */${hours} * * *`, hours === 1 ? 'Every hour' : `Every ${hours} hours`];
}

function daily(text: string, days: string, name: string, fallback: TimeOfDay): [string, string] {
  const { hour, minute } = readTime(text) ?? fallback;
  return [`${minute} ${hour} * * ${days}`, `Every ${name} at ${time(hour, minute)}`];
}

function partOfDay(text: string): TimeOfDay {
  if (/evening|soir|abend/iu.test(text)) return { hour: 18, minute: 0 };
  if (/afternoon/iu.test(text)) return { hour: 14, minute: 0 };
  return { hour: 8, minute: 0 };
}

function time(hour: number, minute: number): string {
  return `${hour}:${String(minute).padStart(2, '0')}`;
}
