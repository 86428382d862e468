/**
 * The cost of the most expensive documents within the accepted size: the time of a real API for each, compared with a
 * trivial one. The goal is that none takes longer than 50 ms; documents refused by a limit do not count.
 */
import { type BenchmarkRow, compare } from './benchmark-row.ts';

const AIM_MS = 50;
const ROUNDS = 30;
const WARM_UP = 3;

/** Documents of a given size, by what makes them expensive. */
const kinds: readonly (readonly [string, (size: number) => string])[] = [
  ['fields with a selection, all of one name', (size) => `{${repeat(size, () => 'viewer{id}')}}`],
  ['nested selections of one name', (size) => `{${repeat(size, () => 'workflow(id:"a"){graph{nodes{position{x}}}}')}}`],
  ['plain fields of one name', (size) => `{viewer{${repeat(size, () => 'id')}}}`],
  ['fields that conflict', (size) => `{${repeat(size, (index) => `run(id:"${index}"){id}`)}}`],
  [
    'selections that conflict',
    (size) => `{${repeat(size, (n) => `node(id:"a"){...on Run{steps(first:${n}){nodes{id}}}}`)}}`,
  ],
  [
    'fragments beside each other',
    (size) => `{${repeat(size, spread)}}${repeat(size, () => 'on Query{viewer{id}}', true)}`,
  ],
  ['each fragment spreads the next one twice', (size) => chain(size, (index) => `${spread(index)} ${spread(index)}`)],
  ['each fragment spreads the next one', (size) => chain(size, (index) => `viewer{id}${spread(index)}`)],
  [
    'inline fragments in each other',
    (size) => `{${'...{'.repeat(size)}${repeat(size, () => '__typename')}${'}'.repeat(size)}}`,
  ],
  ['type conditions', (size) => `{node(id:"a"){${repeat(size, (n) => `...on ${n % 2 ? 'Run' : 'Workflow'}{id}`)}}}`],
  ['unknown fields', (size) => `{${repeat(size, (index) => `workflowz${index}`)}}`],
];

export async function documentValidation(apiUrl: string): Promise<BenchmarkRow[]> {
  const subjects = [{ subject: 'a trivial document', samples: await samplesOf(apiUrl, '{viewer{id}}') }];
  for (const [subject, document] of kinds) {
    const largest = document(await largestAccepted(apiUrl, document));
    subjects.push({ subject, samples: await samplesOf(apiUrl, largest) });
  }
  const rows = compare('Validation of the most expensive documents', 'ms', subjects);
  const tooSlow = rows.filter(({ median }) => median > AIM_MS).map(({ subject, median }) => `${subject}: ${median} ms`);
  if (tooSlow.length > 0) throw new Error(`Documents take longer than ${AIM_MS} ms to validate. ${tooSlow.join('; ')}`);
  return rows;
}

async function largestAccepted(apiUrl: string, document: (size: number) => string): Promise<number> {
  let accepted = 1;
  let refused = 2_000;
  while (refused - accepted > 1) {
    const size = Math.floor((accepted + refused) / 2);
    if ((await post(apiUrl, document(size))).includes('"LIMIT_EXCEEDED"')) refused = size;
    else accepted = size;
  }
  return accepted;
}

async function samplesOf(apiUrl: string, document: string): Promise<number[]> {
  const samples: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const start = performance.now();
    // A text new to the server, because it caches validated documents.
    await post(apiUrl, `${document}#${round}`);
    if (round >= 0) samples.push(performance.now() - start);
  }
  return samples;
}

async function post(apiUrl: string, query: string): Promise<string> {
  const body = JSON.stringify({ query });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${apiUrl}/graphql`, { method: 'POST', headers, body })).text();
}

function spread(index: number): string {
  return `...F${index} `;
}

function chain(size: number, inner: (next: number) => string): string {
  const links = repeat(size, (index) => `on Query{${inner(index + 1)}}`, true);
  return `{...F0}${links}fragment F${size} on Query{__typename}`;
}

function repeat(size: number, text: (index: number) => string, asFragments = false): string {
  return Array.from({ length: size }, (_, n) => (asFragments ? `fragment F${n} ${text(n)}` : text(n))).join(' ');
}
