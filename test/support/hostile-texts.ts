/**
 * Texts that make careless scanners and regular expressions read the same characters repeatedly, and a check that the code
 * under test does not. Work is measured in CPU time of this process, at one size and at twice that size, so that a busy
 * machine makes no difference: linear work doubles, quadratic work quadruples.
 */
import { expect } from 'vitest';
import { cpuMsOf } from './cpu-time.js';

/** Each is repeated to the wanted length, alone and after an unclosed quote. */
const UNITS = [
  ...' \n\t\r\f\u00a0\\\'"`{}[]()<>.,;:!?-_=@#/|*&$%~^aA1é\u{1f600}',
  ...[
    "{{'\\'}}",
    '{{"}}',
    "{{'",
    '{{',
    '{{ ',
    '{{x}}',
    '{{nodes.x}}',
    '{{nodes.a-b.c}}',
    '{{[[',
    '{{(',
    '{{a+',
    '{{!',
    '${',
    '${x',
  ],
  ...[
    'a ',
    ' a',
    'a\n',
    '1 ',
    'a-',
    'a_',
    'a.',
    'a@',
    'a@b.',
    'a@b',
    'aA',
    'Aa',
    '1.',
    '1,',
    '1h',
    'P1',
    '<a',
    '<a@',
    'a://a:',
    'a:/',
  ],
  ...[
    '<your ',
    '[your ',
    '[insert',
    'your-',
    'YOUR_',
    'INSERT_A',
    'FILL_',
    '<A_',
    'xxx',
    'lorem ipsum ',
    'TODO:',
    'example',
  ],
  ...[
    'sk-',
    'sk-a-',
    'gh',
    'eyJaaaaaaaaaa.',
    'eyJaaaaaaaaaa.eyJaaaaaaaaaa',
    '-----BEGIN A ',
    'A ',
    'Bearer ',
    'Basic aaaaaaaaaaa',
    'xoxb-',
    'hooks.slack.com/services/T',
  ],
  ...['?a=', '&a=a1', '?key=a1', 'a="', "a='\\", 'a=`', 'a:', '"a":', 'token = ', '"\\', 'a = "${'],
  ...['[link](', '](', '![', '**', '`', '> ', '- ', '1. ', '| ', '# ', '<b>', '</', '&amp;', 'http://', 'www.'],
];

const AROUND = [
  ['', ''],
  ['"', ''],
  ["{{'", ''],
  ['', "'"],
] as const;

/**
 * Below this, the measurement depends more on the machine than on the work, and so little time at the largest size is
 * harmless.
 */
const NOISE_MS = 25;
const MOST_GROWTH = 2.8;

interface Bounds {
  /** Maximum CPU time for one text. */
  readonly mostMs?: number;
  /** Further texts to repeat: the words that the code under test looks for. */
  readonly units?: readonly string[];
}

/** Fails when doubling a hostile text more than about doubles the work, or when one text takes `mostMs` of CPU time. */
export function expectLinear(
  maxChars: number,
  work: (text: string) => unknown,
  { mostMs = 250, units = [] }: Bounds = {},
): void {
  for (const unit of [...UNITS, ...units]) {
    for (const [start, end] of AROUND) {
      const make = (chars: number) => start + unit.repeat(Math.max(1, (chars - 4) / unit.length)) + end;
      const text = make(maxChars);
      const whole = cpuMsOf(() => work(text));
      if (whole < NOISE_MS) continue;
      const half = make(maxChars / 2);
      // The minimum of several tries, each compared with one of half the size: this removes the cost of garbage collection,
      // compilation and other processes. Work that is not linear stays so in every try.
      let most = Number.POSITIVE_INFINITY;
      let least = Number.POSITIVE_INFINITY;
      const fits = () => most < mostMs && (most < NOISE_MS || most / Math.max(least, 1) < MOST_GROWTH);
      for (let tries = 1; tries <= 20 && (tries <= 3 || !fits()); tries++) {
        most = Math.min(
          most,
          cpuMsOf(() => work(text)),
        );
        least = Math.min(
          least,
          cpuMsOf(() => work(half)),
        );
      }
      expect(
        fits(),
        `${most} ms of CPU, ${least} for half of ${JSON.stringify(text.slice(0, 24))}… of ${maxChars}`,
      ).toBe(true);
    }
  }
}
