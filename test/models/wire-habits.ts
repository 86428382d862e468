/**
 * The wire habits of model servers that are not quite OpenAI, as data: Ollama, vLLM, llama.cpp, LM Studio, DeepSeek, the
 * compatible endpoints of Gemini and Mistral, OpenRouter, gateways. Owns what each sends and how its run has to end.
 */
import {
  asOneMessage,
  callsWhole,
  chunk,
  eachCall,
  eachDelta,
  eachReason,
  inPieces,
  type ScriptedAnswer,
  usageChunk,
  type WireChunk,
} from './chat-wire.ts';

/** What goes over the wire. */
export interface WireAnswer {
  /** Events, in order. */
  chunks?: readonly object[];
  /** The whole body, in place of events. */
  body?: string;
  /** Whether `[DONE]` ends the events; it does unless this is false. */
  done?: boolean;
  lineEnd?: string;
  /** Sent before every event. */
  comment?: string;
  /** Bytes of one write; everything at once when absent. */
  bytes?: number;
  /** Comments, for so many milliseconds, before the event at this place. */
  pause?: { before: number; ms: number };
  /** Milliseconds between two events. */
  gapMs?: number;
  /** Nothing ends the answer. */
  hangs?: boolean;
}

export interface RoundOfCall {
  /** How often the model has answered since the prompt. */
  round: number;
  callId(at: number): string;
}

export interface RequestBody {
  messages: { role: string; content: unknown; tool_calls?: { id: string }[]; reasoning_content?: unknown }[];
  tools?: unknown[];
  [field: string]: unknown;
}

export interface Habit {
  name: string;
  answer(call: RoundOfCall): WireAnswer;
  /** Why the server does not take a request, or `null`. */
  refuses?(body: RequestBody, raw: string): string | null;
  ends: Ending;
}

export type Ending =
  | {
      status: 'SUCCEEDED';
      /** Requests for answers. */
      rounds: number;
      /** Tools in the order in which they were called; each call is executed once. */
      tools: string[];
      /** Of the first answer. */
      reasoning?: string;
      /** Of the last answer. */
      text?: string;
    }
  | { status: 'FAILED'; code: string; tries: 1 | 4 };

export const nodes = [
  { id: 'start', type: 'trigger.schedule', label: 'Each Friday', parameters: { cron: '30 7 * * 5' } },
  { id: 'ask', type: 'action.http', label: 'Ask', parameters: { method: 'GET', url: 'https://example.com/status' } },
];
const addBoth = { name: 'addNodes', arguments: { nodes } };
const connect = { name: 'connectNodes', arguments: { edges: [{ source: 'start', target: 'ask' }] } };
const closing = 'Each Friday at 7:30 the status is asked for.';

/** What the model does: two nodes, an edge, and a sentence. */
const script: readonly ScriptedAnswer[] = [
  { text: 'A schedule and a request. ', calls: [addBoth] },
  { text: 'Now the edge between them. ', calls: [connect] },
  { text: closing, calls: [] },
];
const last = { text: closing, calls: [] };
const scripted = (round: number): ScriptedAnswer => script[round] ?? last;

const built = { status: 'SUCCEEDED' as const, rounds: 3, tools: ['addNodes', 'connectNodes'] };

const searching = (query: string) => ({ text: 'I look. ', calls: [{ name: 'searchNodeTypes', arguments: { query } }] });
const searched = { ...built, rounds: 4, tools: ['searchNodeTypes', ...built.tools] };

/** A habit of how the scripted answers are sent. */
function sending(
  name: string,
  send: (answer: ScriptedAnswer, call: RoundOfCall) => WireAnswer,
  ends: Ending = built,
): Habit {
  return { name, ends, answer: (call) => send(scripted(call.round), call) };
}

/** A habit of events that are changed on their way. */
function changing(name: string, change: (chunks: WireChunk[], answer: ScriptedAnswer) => object[]): Habit {
  return sending(name, (answer, { callId }) => ({ chunks: change(inPieces(answer, callId), answer) }));
}

/** A habit that is seen in one round; the script goes on behind it. */
function inserting(name: string, round: number, answers: readonly ScriptedAnswer[], ends: Ending): Habit {
  return {
    name,
    ends,
    answer: (call) => {
      const own = answers[call.round - round];
      const at = call.round < round ? call.round : call.round - answers.length;
      return { chunks: inPieces(own ?? scripted(at), call.callId) };
    },
  };
}

const failing = (name: string, answer: WireAnswer, code: string, tries: 1 | 4): Habit => ({
  name,
  answer: () => answer,
  ends: { status: 'FAILED', code, tries },
});

/** Whether the text, as JSON, holds half a surrogate pair. */
function holdsHalfAPair(raw: string): boolean {
  const values: unknown[] = [JSON.parse(raw)];
  while (values.length > 0) {
    const value = values.pop();
    if (typeof value === 'string' && !value.isWellFormed()) return true;
    if (typeof value === 'object' && value !== null) values.push(...Object.keys(value), ...Object.values(value));
  }
  return false;
}

const refusesHalves = (_body: RequestBody, raw: string) =>
  holdsHalfAPair(raw) ? 'The request body is not valid JSON: no low surrogate in string' : null;

const thought = 'The wish is a schedule with one request.';
const reasoned =
  (field: 'reasoning_content' | 'reasoning') =>
  (answer: ScriptedAnswer, { callId }: RoundOfCall) => ({
    chunks: [
      chunk({ role: 'assistant', [field]: thought.slice(0, 9) }),
      chunk({ [field]: thought.slice(9) }),
      ...inPieces(answer, callId),
    ],
  });

const missingFields: Habit[] = [
  { ...changing('usual', (chunks) => chunks), refuses: refusesHalves },
  sending('calls-without-index', (answer, { callId }) => ({
    chunks: callsWhole(answer, callId, ({ index: _, ...call }) => call),
  })),
  changing('empty-type', (chunks) => eachCall(chunks, (call) => (call.id ? call : { ...call, type: '' }))),
  sending('arguments-as-object', (answer, { callId }) => ({
    chunks: callsWhole(answer, callId, (call) => ({
      ...call,
      function: { ...call.function, arguments: JSON.parse(String(call.function.arguments)) },
    })),
  })),
  changing('empty-role', (chunks) => eachDelta(chunks, (delta) => ({ ...delta, role: delta.role ?? '' }))),
  changing('content-as-list', (chunks) =>
    eachDelta(chunks, (delta) =>
      typeof delta.content === 'string' ? { ...delta, content: [{ type: 'text', text: delta.content }] } : delta,
    ),
  ),
  changing('no-choices-with-usage', (chunks) =>
    chunks.map(({ choices, ...one }) => (one.usage ? one : { ...one, choices })),
  ),
  changing('choices-without-index', (chunks) =>
    chunks.map((one) => ({ ...one, choices: one.choices?.map(({ index: _, ...choice }) => choice) })),
  ),
  sending('one-message', (answer, { callId }) => ({ body: JSON.stringify(asOneMessage(answer, callId)) })),
  changing('nothing-where-nothing-is', (chunks) =>
    eachDelta(chunks, (delta) => ({ content: null, tool_calls: null, function_call: null, refusal: null, ...delta })),
  ),
  changing('empty-choices-first', (chunks) => [
    { id: '', model: '', choices: [], prompt_filter_results: [] },
    ...chunks,
  ]),
  changing('no-usage', (chunks) => chunks.slice(0, -1)),
  changing('usage-beyond-belief', (chunks) =>
    chunks.map((one) => (one.usage ? { ...one, usage: { prompt_tokens: 3e12, completion_tokens: 0.5 } } : one)),
  ),
  changing('usage-in-another-form', (chunks) =>
    chunks.map((one) => (one.usage ? { ...one, usage: { prompt_tokens: '40' } } : one)),
  ),
];

const repeatedFields: Habit[] = [
  sending('same-id-in-every-answer', (answer, { callId }) => ({
    chunks: inPieces({ ...answer, calls: answer.calls.map((call) => ({ ...call, id: 'call_0' })) }, callId),
  })),
  sending('no-id', (answer, { callId }) => ({ chunks: callsWhole(answer, callId, ({ id: _, ...call }) => call) })),
  sending('empty-id', (answer, { callId }) => ({
    chunks: callsWhole(answer, callId, (call) => ({ ...call, id: '' })),
  })),
  ...['same-index', 'same-id'].map(
    (same): Habit => ({
      name: `two-calls-of-the-${same}`,
      ends: { ...built, tools: ['addNodes', 'addNodes', 'connectNodes'] },
      answer: ({ round, callId }) => {
        const calls = nodes.map((node) => ({ name: 'addNodes', arguments: { nodes: [node] } }));
        const ids = same === 'same-id' ? () => 'x' : callId;
        return {
          chunks: callsWhole(round === 0 ? { text: 'Both. ', calls } : scripted(round), ids, (call) =>
            same === 'same-index' ? { ...call, index: 0 } : call,
          ),
        };
      },
    }),
  ),
  changing('name-and-id-in-every-delta', (chunks, { calls }) =>
    eachCall(chunks, (call) => ({
      ...call,
      id: `call_${calls[0]?.name}`,
      function: { name: calls[0]?.name, ...call.function },
    })),
  ),
  changing('another-id-later', (chunks, { calls }) =>
    eachCall(chunks, (call) => ({
      ...call,
      id: call.id ?? `later_${calls[0]?.name}`,
      function: { name: calls[0]?.name, ...call.function },
    })),
  ),
  changing('blank-name-and-id-later', (chunks) =>
    eachCall(chunks, (call) => ({ ...call, id: call.id ?? '', function: { name: '', ...call.function } })),
  ),
  changing('whole-call-once-more-at-the-end', (chunks, { calls: [call] }) => {
    const given = chunks.flatMap((one) => one.choices?.[0]?.delta.tool_calls ?? []).find(({ id }) => id);
    if (!call || !given?.id) return chunks;
    const again = { ...given, function: { name: call.name, arguments: JSON.stringify(call.arguments) } };
    return chunks.map((one) =>
      one.choices?.[0]?.finish_reason ? chunk({ tool_calls: [again] }, one.choices[0].finish_reason) : one,
    );
  }),
  changing('whole-message-once-more-at-the-end', (chunks, answer) => [
    ...chunks,
    { choices: [{ index: 0, message: { role: 'assistant', content: answer.text }, finish_reason: null }] },
  ]),
];

const framing: Habit[] = [
  sending('no-done', (answer, { callId }) => ({ chunks: inPieces(answer, callId), done: false })),
  sending('comments-and-crlf', (answer, { callId }) => ({
    chunks: inPieces(answer, callId),
    lineEnd: '\r\n',
    comment: ': PROCESSING',
  })),
  {
    name: 'few-bytes-at-a-time',
    ends: { ...built, text: 'Fertig 🚀 für 日本語 — שלום 👨‍👩‍👧' },
    answer: ({ round, callId }) => ({
      chunks: inPieces(
        round === 2 ? { text: 'Fertig 🚀 für 日本語 — שלום 👨‍👩‍👧', calls: [] } : scripted(round),
        callId,
      ),
      bytes: 3,
    }),
  },
  changing('stop-with-calls', (chunks) => eachReason(chunks, (reason) => reason && 'stop')),
  changing('no-reason-but-done', (chunks) => eachReason(chunks, () => null)),
  changing('empty-reason-until-the-end', (chunks) => eachReason(chunks, (reason) => reason ?? '')),
  changing('reason-nobody-knows', (chunks) => eachReason(chunks, (reason) => reason && 'end_turn')),
];

const inputs: Habit[] = [
  ...['', 'null'].map(
    (given): Habit => ({
      name: `arguments-that-are-${given === '' ? 'empty' : 'null'}`,
      ends: { ...built, rounds: 4, tools: [...built.tools, 'validateGraph'] },
      answer: ({ round, callId }) => {
        if (round !== 2) return { chunks: inPieces(scripted(Math.min(round, 2)), callId) };
        const validate = { index: 0, id: 'v', type: 'function', function: { name: 'validateGraph', arguments: given } };
        return {
          chunks: [chunk({ role: 'assistant', content: null }), chunk({ tool_calls: [validate] }, 'tool_calls')],
        };
      },
    }),
  ),
  inserting('a-zero-byte-in-the-text', 2, [{ text: 'Done\0 and done', calls: [] }], built),
  inserting('a-zero-byte-in-arguments', 0, [searching('mail\0x')], searched),
  {
    ...inserting('nothing-after-the-tools', 9, [], built),
    answer: ({ round, callId }) => ({
      chunks: inPieces(round < 2 ? scripted(round) : { text: '', calls: [] }, callId),
    }),
  },
];

const halves: Habit[] = [
  {
    ...inserting(
      'half-an-emoji-in-arguments',
      0,
      [
        {
          text: 'I add \ud83d',
          calls: [{ name: 'addNodes', arguments: { nodes: [{ ...nodes[0], label: 'Half \ud83d emoji' }, nodes[1]] } }],
        },
      ],
      { ...built, rounds: 4, tools: ['addNodes', 'addNodes', 'connectNodes'] },
    ),
    refuses: refusesHalves,
  },
  {
    ...inserting('half-an-emoji-in-a-query', 0, [searching('mail \ud83d')], searched),
    refuses: refusesHalves,
  },
  {
    name: 'half-an-emoji-at-the-end',
    refuses: refusesHalves,
    ends: { ...built, text: 'All done, party \ufffd' },
    answer: ({ round, callId }) => ({
      chunks:
        round < 2
          ? inPieces(scripted(round), callId)
          : [chunk({ content: 'All done, ' }), chunk({ content: 'party \ud83d' }), chunk({}, 'stop')],
    }),
  },
  {
    name: 'an-emoji-in-two-deltas',
    refuses: refusesHalves,
    ends: { ...built, text: 'All done 🚀!' },
    answer: ({ round, callId }) => ({
      chunks:
        round < 2
          ? inPieces(scripted(round), callId)
          : [chunk({ content: 'All done \ud83d' }), chunk({ content: '\ude80!' }), chunk({}, 'stop')],
    }),
  },
];

const reasoning: Habit[] = [
  sending('reasoning-content', reasoned('reasoning_content'), { ...built, reasoning: thought }),
  sending('reasoning', reasoned('reasoning'), { ...built, reasoning: thought }),
  {
    ...sending('reasoning-wanted-back', reasoned('reasoning_content'), { ...built, reasoning: thought }),
    refuses: ({ messages }) =>
      messages.some(
        ({ role, tool_calls, reasoning_content }) => role === 'assistant' && tool_calls && !reasoning_content,
      )
        ? 'The `reasoning_content` in the thinking mode must be passed back to the API.'
        : null,
  },
  {
    ...sending(
      'think-tags',
      (answer, { callId }) => ({
        chunks: inPieces({ ...answer, text: `<think>\n${thought} <b>x</b>\n</think>\n\n${answer.text}` }, callId),
      }),
      { ...built, reasoning: `${thought} <b>x</b>`, text: closing },
    ),
    // Nobody asked for a field that it does not know.
    refuses: ({ messages }) =>
      messages.some((message) => 'reasoning_content' in message) ? 'Extra inputs are not permitted' : null,
  },
  sending(
    'thinking-as-a-part',
    (answer, { callId }) => ({
      chunks: [
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: thought }] }] }),
        ...inPieces(answer, callId),
      ],
    }),
    { ...built, reasoning: thought },
  ),
];

const options: Habit[] = [
  {
    ...changing('only-known-options', (chunks) => chunks),
    refuses: (body) => {
      const known = ['model', 'messages', 'tools', 'tool_choice', 'stream', 'stream_options'];
      const unknown = Object.keys(body).find((name) => !known.includes(name));
      return unknown ? `Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.` : null;
    },
  },
];

const json = (value: unknown): WireAnswer => ({ body: JSON.stringify(value) });
const hello = chunk({ role: 'assistant', content: 'I begin' });

const errors: Habit[] = [
  failing('error-as-text', { chunks: [{ error: 'STREAM_EXPLODED' }] }, 'PROVIDER_UNAVAILABLE', 4),
  failing(
    'error-in-mid-answer',
    { chunks: [hello, { error: { message: 'Compute error.' }, message: 'Compute error.' }] },
    'PROVIDER_UNAVAILABLE',
    4,
  ),
  failing('error-as-finish-reason', { chunks: [hello, chunk({}, 'error')] }, 'PROVIDER_UNAVAILABLE', 4),
  failing('overloaded-inside-a-200', json({ error: { message: 'Overloaded', code: 503 } }), 'PROVIDER_UNAVAILABLE', 4),
  failing(
    'no-credit-inside-a-200',
    json({ error: { message: 'Insufficient credits', code: 402 } }),
    'PROVIDER_QUOTA_EXHAUSTED',
    1,
  ),
  failing(
    'no-quota-in-mid-answer',
    {
      chunks: [
        hello,
        {
          error: {
            message: 'You exceeded your current quota.',
            type: 'insufficient_quota',
            code: 'insufficient_quota',
          },
        },
      ],
    },
    'PROVIDER_QUOTA_EXHAUSTED',
    1,
  ),
  failing(
    'too-long-for-the-context',
    {
      chunks: [
        {
          error: {
            code: 400,
            message: 'the request exceeds the available context size',
            type: 'exceed_context_size_error',
          },
        },
      ],
      done: false,
    },
    'CONTEXT_TOO_LONG',
    1,
  ),
  failing('cut-off', { chunks: [hello, chunk({ content: ' and then' })], done: false }, 'PROVIDER_INTERRUPTED', 4),
  failing(
    'nothing',
    { chunks: [chunk({ role: 'assistant', content: '' }), chunk({}, 'stop')] },
    'MODEL_EMPTY_ANSWER',
    4,
  ),
  failing('nothing-but-done', { chunks: [usageChunk] }, 'MODEL_EMPTY_ANSWER', 4),
];

/** Habits whose runs come to their end by themselves and at once. */
export const habits: readonly Habit[] = [
  ...missingFields,
  ...repeatedFields,
  ...framing,
  ...inputs,
  ...halves,
  ...reasoning,
  ...options,
  ...errors,
];

/** Begins to answer, and never goes on behind half an emoji. */
export const hangsAtHalf: Habit = {
  name: 'hangs-behind-half-an-emoji',
  answer: () => ({ chunks: [chunk({ content: 'Ready for launch ' }), chunk({ content: 'now \ud83d' })], hangs: true }),
  refuses: refusesHalves,
  ends: built,
};

/** Slow habits: for so long there is reasoning and nothing else, or only comments in the middle of an answer. */
export function slowHabits(ms: number): readonly Habit[] {
  return [
    sending('thinks-for-long', (answer, { callId }) => ({
      chunks: [
        ...Array.from({ length: Math.ceil(ms / 200) }, () => chunk({ reasoning_content: 'hm ' })),
        ...inPieces(answer, callId),
      ],
      gapMs: 200,
    })),
    sending('only-comments-for-long', (answer, { callId }) => {
      const chunks = inPieces(answer, callId);
      const before = chunks.findIndex((one) => one.choices?.[0]?.delta.tool_calls);
      return { chunks, ...(before > 0 && { pause: { before, ms } }) };
    }),
  ];
}
