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

const ordinal = '(?:first|second|third|fourth|ersten|zweiten|dritten|vierten|premier|deuxième|troisième|quatrième)';
const last = '(?:last|letzten|dernier)';
const someDay = `(?:weekdays?|working day|business day|werktag|jour ouvré|${dayNames})`;
const inMonth =
  '(?:of (?:the|each|every|a) month|in (?:the|each|every|a) month|(?:des|jedes) monats|im monat|du mois|de chaque mois)';
const onDay = `(?:\\s+(?:on|am|le)\\s+(?:${dayNames}))?`;
const fewUnits = '(?:days|weeks|months|tage|wochen|monate|jours|semaines|mois)';
const manyTimes = new RegExp(
  `\\b${every}\\s+(?:(other|second)\\s+)?(${NUMBER})\\s*(minutes?|minuten|min|hours?|heures?|stunden?|h)\\b`,
  'iu',
);
/** Recurring times that the five fields of cron cannot say. */
const beyondCron = new RegExp(
  [
    `(?:\\b${every}\\s+)?(?:\\bthe\\s+)?\\b(?:${last}\\s+(?:day|tag|jour|${someDay})|${ordinal}\\s+${someDay})\\s+${inMonth}\\b${clock}`,
    `\\b${every}\\s+(?:other|second|zweiten?)\\s+(?:day|week|month|tag|woche|monat|${someDay})\\b${onDay}${clock}`,
    `\\b${every}\\s+(?:${NUMBER})\\s+${fewUnits}\\b${onDay}${clock}`,
    `\\b(?:fortnightly|bi-?weekly|every fortnight|zweiwöchentlich)\\b${onDay}${clock}`,
  ].join('|'),
  'iu',
);

const patterns: readonly {
  pattern: RegExp;
  read: (text: string, match: RegExpExecArray) => [string, string] | undefined;
}[] = [
  {
    pattern: manyTimes,
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
      `\\b(?:(?:${every}|from|von|du)\\s+)?(${dayNames})\\s*(?:-|–|\\b(?:to|through|till|until|bis|au|à)\\b)\\s*(${dayNames})\\b${clock}`,
      'iu',
    ),
    read: (text, match) => {
      const [first, last] = [readDays(match[1] ?? '')[0], readDays(match[2] ?? '')[0]];
      if (!first || !last || first[0] === last[0]) return undefined;
      const range = first[0] < last[0] ? `${first[0]}-${last[0]}` : `${first[0]}-${last[0] + 7}`;
      return daily(text, range, `${first[1]} to ${last[1]}`, partOfDay(match[0]));
    },
  },
  {
    pattern: new RegExp(
      `\\b${every}\\s+(?:${dayNames})(?:(?:\\s*,\\s*|\\s*,?\\s+(?:and|und|et|&)\\s+)(?:${every}\\s+)?(?:${dayNames})\\b)*(?:\\s+(?:morning|evening|afternoon|matin|soir|morgen|abend))?${clock}|\\b(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|montags|dienstags|mittwochs|donnerstags|freitags|samstags|sonntags)\\b${clock}`,
      'iu',
    ),
    read: (text, match) => {
      const named = readDays(match[0]);
      return named.length === 0 ? undefined : daily(text, ...onDays(named), partOfDay(match[0]));
    },
  },
  {
    pattern: new RegExp(
      `\\b(?:on |am |le )?(?:the )?(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+(?:day )?(?:of (?:the|each|every) month|(?:jedes|des) monats|de chaque mois|du mois)\\b${clock}`,
      'iu',
    ),
    read: (text, match) => {
      const day = Number(match[1]);
      return day > 0 && day < 32 ? dayOfMonth(text, day) : undefined;
    },
  },
  {
    pattern:
      /\btwice (?:a|per|every) day\b|\btwice daily\b|\bzweimal (?:am tag|pro tag|täglich)\b|\bdeux fois par jour\b/iu,
    read: () => ['0 9,17 * * *', 'Every day at 9:00 and 17:00'],
  },
  {
    pattern: new RegExp(
      `\\b(?:(?:every|each) quarter|quarterly|vierteljährlich|quartalsweise|jedes quartal|chaque trimestre)\\b${clock}`,
      'iu',
    ),
    read: (text) => {
      const { hour, minute } = readTime(text) ?? { hour: 8, minute: 0 };
      return [`${minute} ${hour} 1 */3 *`, `First of the quarter at ${time(hour, minute)}`];
    },
  },
  {
    pattern: new RegExp(`\\b(?:(?:every|each) year|yearly|annually|jährlich|jedes jahr|chaque année)\\b${clock}`, 'iu'),
    read: (text) => {
      const { hour, minute } = readTime(text) ?? { hour: 8, minute: 0 };
      return [`${minute} ${hour} 1 1 *`, `January 1 at ${time(hour, minute)}`];
    },
  },
  {
    pattern: new RegExp(
      `\\b(?:first (?:day )?of (?:the|each|every) month|every month|each month|monthly|monatlich|jeden monat|chaque mois|tous les mois|mensuel\\w*)\\b${clock}`,
      'iu',
    ),
    read: (text) => dayOfMonth(text, 1),
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

/** The recurring time that comes first in the table of patterns. `undefined` when the text names none that cron can say. */
export function readSchedule(text: string): ScheduleReading | undefined {
  const beyond = readTimeBeyondCron(text);
  for (const { pattern, read } of patterns) {
    const match = pattern.exec(text);
    if (match && beyond && match.index < beyond.index + beyond.length && beyond.index < match.index + match[0].length)
      continue;
    // The time may stand apart from the day ("a daily question at 9:30"), so it is looked for in the whole text.
    const result = match && read(readTime(match[0]) ? match[0] : text, match);
    if (match && result) return { cron: result[0], label: result[1], index: match.index, length: match[0].length };
  }
  return undefined;
}

/** The place of the words for a recurring time that cron cannot say, such as "every other Tuesday at 10". */
export function readTimeBeyondCron(text: string): Pick<ScheduleReading, 'index' | 'length'> | undefined {
  const found = manyTimes.exec(text);
  const match =
    beyondCron.exec(text) ?? (found && !interval(readNumber(found[2] ?? ''), found[3] ?? '') ? found : null);
  return match ? { index: match.index, length: match[0].length } : undefined;
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
  if (readTimeBeyondCron(text)) return undefined;
  const [minute, hour, ...rest] = cron.split(' ');
  // "From Monday to Tuesday", "on Tuesday instead of Monday": the day that it leaves is not meant.
  const before = new RegExp(
    `\\b(?:from|von|du|instead of|rather than|statt|au lieu d[eu])\\s+(?:${dayNames})\\b`,
    'giu',
  );
  const named = readDays(text.replace(before, ''));
  const at = readTime(text) ?? { hour: Number(hour), minute: Number(minute) };
  if ((named.length === 0 && !readTime(text)) || !Number.isInteger(at.hour) || !Number.isInteger(at.minute))
    return undefined;
  const when = `${at.minute} ${at.hour}`;
  const place = { index: 0, length: text.length };
  if (named.length > 0) {
    const [numbers, names] = onDays(named);
    return { cron: `${when} * * ${numbers}`, label: `Every ${names} at ${time(at.hour, at.minute)}`, ...place };
  }
  const weekly = rest.join(' ');
  const name = weekly === '* * *' ? 'day' : days.find(([, number]) => weekly === `* * ${number}`)?.[2];
  return {
    cron: [when, ...rest].join(' '),
    label: name ? `Every ${name} at ${time(at.hour, at.minute)}` : 'By the clock',
    ...place,
  };
}

/** The days of the week that a text names, in its order, each once. */
function readDays(text: string): [number, string][] {
  const words = [...text.matchAll(new RegExp(`(?<!\\p{L})(?:${dayNames})(?!\\p{L})`, 'giu'))].map(([word]) => word);
  const found = words.flatMap((word) => days.filter(([pattern]) => pattern.test(word)));
  return [...new Set(found)].map(([, number, name]) => [number, name]);
}

/** The field of cron and the words for some days of the week. */
function onDays(named: [number, string][]): [string, string] {
  const names = named.map(([, name]) => name);
  const numbers = named.map(([number]) => number).toSorted((left, right) => left - right);
  return [numbers.join(','), names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`];
}

function interval(count: number | undefined, unit: string): [string, string] | undefined {
  if (!count) return undefined;
  if (/^m/iu.test(unit)) {
    const minutes = Math.max(1, Math.round(count));
    if (minutes > 59) return minutes % 60 === 0 ? interval(minutes / 60, 'hour') : undefined;
    return [
      minutes === 1 ? '* * * * *' : `*/${minutes} * * * *`,
      minutes === 1 ? 'Every minute' : `Every ${minutes} minutes`,
    ];
  }
  const hours = Math.max(1, Math.round(count));
  if (hours > 23) return undefined;
  return [hours === 1 ? '0 * * * *' : `0 */${hours} * * *`, hours === 1 ? 'Every hour' : `Every ${hours} hours`];
}

function daily(text: string, days: string, name: string, fallback: TimeOfDay): [string, string] {
  const { hour, minute } = readTime(text) ?? fallback;
  return [`${minute} ${hour} * * ${days}`, `Every ${name} at ${time(hour, minute)}`];
}

function dayOfMonth(text: string, day: number): [string, string] {
  const { hour, minute } = readTime(text) ?? { hour: 8, minute: 0 };
  const name = day === 1 ? 'First' : `Day ${day}`;
  return [`${minute} ${hour} ${day} * *`, `${name} of the month at ${time(hour, minute)}`];
}

function partOfDay(text: string): TimeOfDay {
  if (/evening|soir|abend/iu.test(text)) return { hour: 18, minute: 0 };
  if (/afternoon/iu.test(text)) return { hour: 14, minute: 0 };
  return { hour: 8, minute: 0 };
}

function time(hour: number, minute: number): string {
  return `${hour}:${String(minute).padStart(2, '0')}`;
}
