/**
 * The simulator for the agent `flight-booking`: it reads a request, searches, chooses, and books what was approved. Places,
 * dates and budgets are parsed from the prompt.
 */
import type { Conversation } from '../conversation.js';
import type { Move } from '../model-turn.js';
import { currentRound, NOT_A_MODEL, type ToolUse, usesOf } from './round.js';

const MS_PER_DAY = 86_400_000;
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const route =
  /\bfrom\s+(\p{Lu}[\p{L}.'-]*(?:\s\p{Lu}[\p{L}.'-]*)*)\s+to\s+(\p{Lu}[\p{L}.'-]*(?:\s\p{Lu}[\p{L}.'-]*)*)/u;

interface Wish {
  from: string | null;
  to: string | null;
  date: string;
  passengers: number;
  budgetCents: number;
}

interface FoundFlight {
  id: string;
  number: string;
  departsAt: string;
  fareCents: number;
  stops: number;
}

export function playSearch(conversation: Conversation, prompt: string): Move {
  const wish = readWish(prompt, conversation.instructions);
  const { opening, uses } = currentRound(conversation);
  const all = usesOf(conversation.items);
  if (uses.some((use) => use.name === 'chooseFlight' && use.output?.chosen === true)) {
    return { reasoning: '', text: 'I ask for an approval before anything is paid.', calls: [] };
  }
  const search = all.findLast((use) => use.name === 'searchFlights' && use.output !== null);
  if (!search) return searching(wish, uses.length > 0);
  return choosing(wish, search, all, /^Comment: (.+)$/mu.exec(opening)?.[1] ?? prompt);
}

export function playBooking(conversation: Conversation): Move {
  const { opening, uses } = currentRound(conversation);
  const [booking] = uses;
  if (!booking) {
    const flightId = /^Flight: (\S+.*)$/mu.exec(opening)?.[1] ?? '';
    return { reasoning: '', text: 'Approved. I book now.', calls: [{ name: 'bookFlight', arguments: { flightId } }] };
  }
  const { output } = booking;
  const text =
    output?.booked === true
      ? `Booked. The reference is **${String(output.reference)}**.`
      : output?.reason === 'PRICE_CHANGED'
        ? 'The price has changed since the approval, so nothing was booked. I ask again.'
        : 'The flight could not be booked.';
  return { reasoning: '', text: `${text}\n\n${NOT_A_MODEL}`, calls: [] };
}

function searching({ from, to, date, passengers }: Wish, failed: boolean): Move {
  if (from === null || to === null) {
    const text = 'Tell me where from and where to, for example “a flight from Berlin to Lisbon on Friday under 200 €”.';
    return { reasoning: 'The places are missing.', text: `${text}\n\n${NOT_A_MODEL}`, calls: [] };
  }
  if (failed) return { reasoning: '', text: `The airline did not answer.\n\n${NOT_A_MODEL}`, calls: [] };
  return {
    reasoning: `${passengers} to travel from ${from} to ${to} on ${date}. I look up what flies.`,
    text: `I look up flights from ${from} to ${to} on ${date}.`,
    calls: [{ name: 'searchFlights', arguments: { from, to, date } }],
  };
}

/** The cheapest flight within the budget that was not rejected yet; wishes for "direct" and "later" are respected. */
function choosing({ passengers, budgetCents }: Wish, search: ToolUse, all: readonly ToolUse[], words: string): Move {
  const chosen = all.filter((use) => use.name === 'chooseFlight').map((use) => use.input.flightId);
  const flights = flightsIn(search);
  const last = flights.find((flight) => flight.id === chosen.at(-1));
  const fitting = flights
    .filter((flight) => !chosen.includes(flight.id) && flight.fareCents * passengers <= budgetCents)
    .filter((flight) => !/\bdirect|non-?stop\b/iu.test(words) || flight.stops === 0)
    .filter((flight) => !last || !/\blater\b/iu.test(words) || flight.departsAt > last.departsAt)
    .toSorted((one, other) => one.fareCents - other.fareCents);
  const [best] = fitting;
  if (!best) {
    const text = 'No flight fits what you asked for. Try another day or a higher budget.';
    return { reasoning: '', text: `${text}\n\n${NOT_A_MODEL}`, calls: [] };
  }
  return {
    reasoning: `${fitting.length} of ${flights.length} flights fit. ${best.number} is the cheapest of them.`,
    text: `${best.number} at ${best.departsAt.slice(11)} fits best.`,
    calls: [{ name: 'chooseFlight', arguments: { flightId: best.id, passengers } }],
  };
}

function flightsIn({ output }: ToolUse): FoundFlight[] {
  return Array.isArray(output?.flights) ? (output.flights as FoundFlight[]) : [];
}

function readWish(prompt: string, instructions: string): Wish {
  const [, from = null, to = null] = route.exec(prompt) ?? [];
  const today = /\bToday is (\d{4}-\d{2}-\d{2})/u.exec(instructions)?.[1] ?? '2026-01-01';
  const passengers = Number(
    /\b([2-9])\s+(?:people|persons|passengers|adults|of us|tickets|seats)\b/iu.exec(prompt)?.[1] ?? 1,
  );
  const budget = /(?:under|below|at most|max(?:imum)?|up to|less than)\s*[€$]?\s*(\d+(?:[.,]\d{3})*)/iu.exec(
    prompt,
  )?.[1];
  return {
    from,
    to,
    date: dateIn(prompt, today),
    passengers,
    budgetCents: budget ? Number(budget.replaceAll(/[.,]/gu, '')) * 100 : Number.POSITIVE_INFINITY,
  };
}

function dateIn(prompt: string, today: string): string {
  const written = /\b\d{4}-\d{2}-\d{2}\b/u.exec(prompt)?.[0];
  if (written && !Number.isNaN(Date.parse(written))) return written;
  if (/\btoday\b/iu.test(prompt)) return today;
  if (/\btomorrow\b/iu.test(prompt)) return daysAfter(today, 1);
  const weekday = weekdays.findIndex((name) => new RegExp(`\\b${name}\\b`, 'iu').test(prompt));
  if (weekday === -1) return daysAfter(today, 14);
  const ahead = (weekday - new Date(`${today}T00:00:00Z`).getUTCDay() + 7) % 7;
  return daysAfter(today, ahead === 0 ? 7 : ahead);
}

function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * MS_PER_DAY).toISOString().slice(0, 10);
}
