/**
 * Handles one model call from the parsed request to the last byte: plans, applies the faults that the prompt requests,
 * sends, and reports how it ended.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { playAgent } from './agents/play-agent.js';
import {
  type Conversation,
  countAssistantTurns,
  fingerprint,
  isTitleRequest,
  itemsOfRun,
  lastPrompt,
  readable,
} from './conversation.js';
import { type Directive, parseDirectives, stripDirectives, UnknownDirective } from './faults/directives.js';
import { canDistort, distort, distortions } from './faults/distort-turn.js';
import { type FaultLedger, takeFirst } from './faults/fault-ledger.js';
import { type ModelTurn, textOf, toTurn } from './model-turn.js';
import { planMove } from './planner/plan-move.js';
import { titleFor } from './planner/title.js';
import { type Interruption, playTurn } from './playback.js';
import { promptHash, type RequestOutcome, type SimulatedRequest } from './request-log.js';
import { ClientLeft, type ResponseSink } from './response-sink.js';
import { ChatEncoder } from './wire/chat-encoder.js';
import { ResponsesEncoder } from './wire/responses-encoder.js';
import type { TurnEncoder, Usage } from './wire/turn-encoder.js';
import { WireError } from './wire/wire-error.js';

interface AnswerOptions {
  seed: string;
  tokensPerSecond: number;
  ledger: FaultLedger;
  path: string;
}

/** A constant, so that the same request always gets the same bytes. */
const CREATED_AT_SECONDS = 1_767_225_600;
const CHARS_PER_TOKEN = 4;
const interruptions = ['cut', 'eof', 'silent', 'error', 'length'] as const;

/**
 * Answers one model call and returns its log entry. Does not reject for faults that the prompt requests, nor when the
 * client disconnects.
 *
 * @throws WireError when the prompt contains an unknown directive.
 */
export async function answerRequest(
  conversation: Conversation,
  response: ServerResponse,
  sink: ResponseSink,
  options: AnswerOptions,
): Promise<SimulatedRequest> {
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const written = lastPrompt(conversation);
  const prompt = stripDirectives(written);
  const purpose = isTitleRequest(conversation) ? 'title' : 'turn';
  const runCall = countAssistantTurns(itemsOfRun(conversation)) + 1;
  const directives = activeDirectives(written, purpose === 'title' ? 'title' : runCall);
  const toolCalls: SimulatedRequest['toolCalls'] = [];
  let deltas = 0;

  const entry = (outcome: RequestOutcome): SimulatedRequest => ({
    at,
    path: options.path,
    model: conversation.model,
    purpose,
    callIndex: countAssistantTurns(conversation.items),
    runCall,
    promptHash: promptHash(prompt),
    prompt: prompt.slice(0, 120),
    outcome,
    deltas,
    durationMs: Math.round(performance.now() - startedAt),
    toolCalls,
  });

  const refusal = takeFirst(options.ledger, written, directives, ['status']);
  if (refusal !== undefined) {
    refuseWithStatus(response, refusal);
    return entry('fault:status');
  }

  const id = fingerprint(options.seed, conversation);
  const planned = planTurn(conversation, prompt, purpose, id, directives);
  const { turn, fault } = applyDistortions(planned, written, directives, options.ledger);
  const interrupting = takeFirst(options.ledger, written, directives, interruptions);
  const interruption = interrupting && toInterruption(interrupting);
  const usage = usageMeter(conversation);
  const encoder = encoderFor(conversation, id);
  const outcome: RequestOutcome = interruption
    ? `fault:${interruption.kind}`
    : fault === undefined
      ? 'completed'
      : `fault:${fault}`;

  try {
    if (conversation.stream) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'x-request-id': `req_${id}`,
      });
      response.socket?.setNoDelay(true);
      await playTurn(turn, {
        encoder,
        sink,
        deltasPerSecond: tempo(directives, options.tokensPerSecond),
        interruption,
        usage: usage.read,
        onDelta: (kind) => {
          deltas += 1;
          usage.count(kind);
        },
        onPartDone: (part) => {
          if (part.type === 'call') toolCalls.push({ callId: part.callId, name: part.name, arguments: textOf(part) });
        },
      });
    } else {
      for (const part of turn.parts) {
        for (const _ of part.deltas) usage.count(part.type);
        deltas += part.deltas.length;
        if (part.type === 'call') toolCalls.push({ callId: part.callId, name: part.name, arguments: textOf(part) });
      }
      const perSecond = tempo(directives, options.tokensPerSecond);
      if (perSecond > 0) await sleep((deltas * 1000) / perSecond, undefined, { signal: sink.signal });
      await sendWhole(response, sink, encoder, turn, interruption, usage.read());
    }
    return entry(outcome);
  } catch (error) {
    if (!sink.signal.aborted) throw error;
    if (!(sink.signal.reason instanceof ClientLeft)) throw error;
    // During deliberate silence the client can only disconnect, so the fault is what ended the request.
    return entry(interruption?.kind === 'silent' ? 'fault:silent' : 'aborted-by-client');
  }
}

function activeDirectives(written: string, call: number | 'title'): Directive[] {
  try {
    return parseDirectives(written).filter((directive) =>
      call === 'title' ? directive.call === 'title' : directive.call === undefined || directive.call === call,
    );
  } catch (error) {
    if (error instanceof UnknownDirective) throw new WireError(400, error.message, undefined, 'invalid_value');
    throw error;
  }
}

function planTurn(
  conversation: Conversation,
  prompt: string,
  purpose: 'turn' | 'title',
  id: string,
  directives: readonly Directive[],
): ModelTurn {
  if (purpose === 'title') return toTurn({ reasoning: '', text: titleFor(readable(prompt)), calls: [] }, id);
  const invalidRounds = directives.find((directive) => directive.name === 'never-valid')?.times ?? 0;
  const move = playAgent(conversation, readable(prompt)) ?? planMove(conversation, { invalidRounds });
  return toTurn(conversation.wantsReasoningSummary ? move : { ...move, reasoning: '' }, id);
}

function applyDistortions(
  planned: ModelTurn,
  written: string,
  directives: readonly Directive[],
  ledger: FaultLedger,
): { turn: ModelTurn; fault: (typeof distortions)[number] | undefined } {
  let turn = planned;
  let fault: (typeof distortions)[number] | undefined;
  for (const name of distortions) {
    const directive = takeFirst(
      ledger,
      written,
      directives.filter((candidate) => canDistort(turn, candidate)),
      [name],
    );
    if (directive === undefined) continue;
    turn = distort(turn, directive);
    // Much text is still a complete and correct answer.
    if (name !== 'text' && name !== 'oversize') fault = name;
  }
  return { turn, fault };
}

function toInterruption(directive: Directive): Interruption {
  const kind = interruptions.find((name) => name === directive.name) ?? 'eof';
  return { kind, after: directive.params.after ?? 0 };
}

function refuseWithStatus(response: ServerResponse, directive: Directive): void {
  const status = Math.min(599, Math.max(400, Math.trunc(directive.value)));
  const seconds = directive.params['retry-after'];
  const milliseconds = directive.params['retry-after-ms'];
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
  const code = status === 429 ? 'rate_limit_exceeded' : null;
  const error = new WireError(status, `Simulated status ${status}.`, type, code);
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
    ...(milliseconds === undefined ? {} : { 'retry-after-ms': String(milliseconds) }),
  });
  response.end(JSON.stringify(error));
}

/** Without streaming there is no middle to interrupt, so every interruption comes before the answer. */
async function sendWhole(
  response: ServerResponse,
  sink: ResponseSink,
  encoder: TurnEncoder,
  turn: ModelTurn,
  interruption: Interruption | undefined,
  usage: Usage,
): Promise<void> {
  switch (interruption?.kind) {
    case 'cut':
    case 'eof':
      return sink.reset();
    case 'silent':
      return sleep(2 ** 31 - 1, undefined, { signal: sink.signal });
    case 'error':
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify(new WireError(500, 'The simulator was asked to fail here.', 'server_error')));
      return;
    default:
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(encoder.whole(turn.parts, interruption ? 'length' : 'completed', usage)));
  }
}

function tempo(directives: readonly Directive[], tokensPerSecond: number): number {
  const drip = directives.find((directive) => directive.name === 'drip');
  if (drip !== undefined) return 1000 / Math.max(1, drip.params.ms ?? 1);
  return directives.find((directive) => directive.name === 'tps')?.value ?? tokensPerSecond;
}

function usageMeter(conversation: Conversation) {
  const { instructions, items, tools } = conversation;
  const inputTokens = Math.ceil(JSON.stringify([instructions, items, tools]).length / CHARS_PER_TOKEN);
  let outputTokens = 0;
  let reasoningTokens = 0;
  return {
    count(kind: ModelTurn['parts'][number]['type']) {
      outputTokens += 1;
      if (kind === 'reasoning') reasoningTokens += 1;
    },
    read: (): Usage => ({ inputTokens, outputTokens, reasoningTokens }),
  };
}

function encoderFor(conversation: Conversation, id: string): TurnEncoder {
  const base = { id, model: conversation.model, createdAtSeconds: CREATED_AT_SECONDS };
  return conversation.api === 'responses'
    ? new ResponsesEncoder({ ...base, encryptedReasoning: conversation.wantsEncryptedReasoning })
    : new ChatEncoder({ ...base, includeUsage: conversation.wantsUsage });
}
