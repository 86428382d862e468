/**
 * Texts that make careless scanners and regular expressions go through the same characters again and again, and a way to
 * see that they do not. Work is measured in CPU time of this process, at a size and at twice that size, so that a busy
 * machine changes nothing: linear work doubles, quadratic work grows fourfold.
 */
import { expect } from 'vitest';

/** Each is repeated up to the wanted length, alone and beside a quote that has no other. */
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

/** Below this the clock says more about the machine than about the work, and at the largest size so little harms nobody. */
const NOISE_MS = 25;
const MOST_GROWTH = 2.8;

interface Bounds {
  /** CPU that one text may take. */
  readonly mostMs?: number;
  /** Further texts to repeat: the words that the code under test looks for. */
  readonly units?: readonly string[];
}

/** Fails when doubling a hostile text more than about doubles the work, or when one text takes `mostMs` of CPU. */
export function expectLinear(
  maxChars: number,
  work: (text: string) => unknown,
  { mostMs = 250, units = [] }: Bounds = {},
): void {
  for (const unit of [...UNITS, ...units]) {
    for (const [start, end] of AROUND) {
      const make = (chars: number) => start + unit.repeat(Math.max(1, (chars - 4) / unit.length)) + end;
      const text = make(maxChars);
      const whole = cpuMs(() => work(text));
      if (whole < NOISE_MS) continue;
      const half = make(maxChars / 2);
      // The least of some tries, each beside one of half the size: what the garbage collector, the compiler and other processes add
      // is not the work's. What is not linear stays so, however often it is tried.
      let most = Number.POSITIVE_INFINITY;
      let least = Number.POSITIVE_INFINITY;
      const fits = () => most < mostMs && (most < NOISE_MS || most / Math.max(least, 1) < MOST_GROWTH);
      for (let tries = 1; tries <= 20 && (tries <= 3 || !fits()); tries++) {
        most = Math.min(
          most,
          cpuMs(() => work(text)),
        );
        least = Math.min(
          least,
          cpuMs(() => work(half)),
        );
      }
      expect(
        fits(),
        `${most} ms of CPU, ${least} for half of ${JSON.stringify(text.slice(0, 24))}… of ${maxChars}`,
      ).toBe(true);
    }
  }
}

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
