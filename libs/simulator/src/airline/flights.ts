/**
 * The timetable of the demo airline. Pure and deterministic: the same query always returns the same flights and fares.
 * Money is in cents of one euro.
 */
import { createHash } from 'node:crypto';

export interface Flight {
  /** `<number>_<date>_<from>_<to>`: everything about a flight is derived from it. */
  id: string;
  number: string;
  from: string;
  to: string;
  /** Local time without a zone, as in a timetable. */
  departsAt: string;
  arrivesAt: string;
  stops: number;
  seatsLeft: number;
  /** Fare of one passenger as searches show it, which may lag behind a quote. */
  fareCents: number;
}

const FLIGHTS_A_DAY = 4;
const MINUTES_A_DAY = 24 * 60;
const idShape = /^HF(\d{3})_(\d{4}-\d{2}-\d{2})_([^_]{1,40})_([^_]{1,40})$/u;

/** The flights of one day between two places, earliest first. */
export function flightsOf(from: string, to: string, date: string): Flight[] {
  const first = 100 + (digest(`${from} ${to}`) % 890);
  return Array.from({ length: FLIGHTS_A_DAY }, (_, index) =>
    flightAt({ number: first + index, date, from: placeName(from), to: placeName(to), slot: index }),
  );
}

/** The flight with this id, or `null` when no timetable contains it. */
export function findFlight(id: string): Flight | null {
  const [, number, date, from, to] = idShape.exec(id) ?? [];
  if (!number || !date || !from || !to || Number.isNaN(Date.parse(date))) return null;
  return flightsOf(from, to, date).find((flight) => flight.id === id) ?? null;
}

/** The current price of one seat. The last seats of a flight cost more than the search shows, because the search is cached. */
export function liveFareCents(flight: Flight): number {
  return flight.seatsLeft <= 4 ? Math.round((flight.fareCents * 1.06) / 100) * 100 : flight.fareCents;
}

function flightAt(place: { number: number; date: string; from: string; to: string; slot: number }): Flight {
  const { number, date, from, to, slot } = place;
  const chance = digest(`${number} ${date} ${from} ${to}`);
  const departure = 6 * 60 + slot * 240 + (chance % 12) * 15;
  const stops = chance % 5 === 0 ? 1 : 0;
  const duration = 80 + (digest(`${from} ${to}`) % 10) * 15 + stops * 95;
  return {
    id: `HF${number}_${date}_${from}_${to}`,
    number: `HF ${number}`,
    from,
    to,
    departsAt: moment(date, departure),
    arrivesAt: moment(date, departure + duration),
    stops,
    seatsLeft: 1 + (chance % 9),
    fareCents: (58 + (chance % 31) * 7 - stops * 15) * 100,
  };
}

function moment(date: string, minutes: number): string {
  const day = new Date(Date.parse(`${date}T00:00:00Z`) + Math.floor(minutes / MINUTES_A_DAY) * MINUTES_A_DAY * 60_000);
  const time = new Date(day.getTime() + (minutes % MINUTES_A_DAY) * 60_000);
  return time.toISOString().slice(0, 16);
}

/** Places are matched by their words, ignoring case. */
function placeName(text: string): string {
  return text
    .trim()
    .replaceAll('_', ' ')
    .replace(/\s+/gu, ' ')
    .toLowerCase()
    .replace(/(?:^|[\s-])\p{L}/gu, (letter) => letter.toUpperCase())
    .slice(0, 40);
}

function digest(text: string): number {
  return createHash('sha256').update(text.toLowerCase()).digest().readUInt32BE(0);
}
