/** Parses and validates request bodies into conversations. */
import { z } from 'zod';
import type { Conversation, ConversationItem, OutputFormat, ToolDefinition } from '../conversation.js';
import { chatRequest, contentText, responsesRequest } from './request-schemas.js';
import { WireError } from './wire-error.js';

/**
 * Reads a Responses request.
 *
 * @throws WireError 400 when the body has another shape or answers a call that it does not contain, 404 when it refers to
 * items of an earlier response: the simulator stores none, as OpenAI does with `store: false`.
 */
export function parseResponsesRequest(body: unknown): Conversation {
  const request = parsed(responsesRequest, body);
  if (request.previous_response_id) {
    throw new WireError(
      404,
      `Previous response with id '${request.previous_response_id}' not found: nothing is stored here.`,
    );
  }
  const system: string[] = request.instructions ? [request.instructions] : [];
  const items: ConversationItem[] = [];
  for (const item of typeof request.input === 'string' ? [] : request.input) {
    if (item.type === 'reasoning') continue;
    if (item.type === 'item_reference') {
      throw new WireError(
        404,
        `Item with id '${item.id}' not found: nothing is stored here, send whole items with store: false.`,
      );
    }
    if (item.type === 'function_call') {
      items.push({ kind: 'call', callId: item.call_id, name: item.name, arguments: item.arguments });
    } else if (item.type === 'function_call_output') {
      items.push({ kind: 'result', callId: item.call_id, output: contentText(item.output) });
    } else if (item.role === 'system' || item.role === 'developer') {
      system.push(contentText(item.content));
    } else {
      items.push({ kind: item.role, text: contentText(item.content) });
    }
  }
  if (typeof request.input === 'string') items.push({ kind: 'user', text: request.input });
  requireAnsweredCalls(items, 'input');
  return {
    api: 'responses',
    model: request.model,
    instructions: system.join('\n\n'),
    items,
    tools: (request.tools ?? []).map(toTool),
    outputFormat: toOutputFormat(request.text?.format?.type, request.text?.format),
    stream: request.stream === true,
    wantsReasoningSummary: Boolean(request.reasoning?.summary),
    wantsEncryptedReasoning: request.include?.includes('reasoning.encrypted_content') === true,
    wantsUsage: true,
  };
}

/**
 * Reads a Chat Completions request.
 *
 * @throws WireError 400 when the body has another shape, or tool calls and their results do not match.
 */
export function parseChatRequest(body: unknown): Conversation {
  const request = parsed(chatRequest, body);
  const system: string[] = [];
  const items: ConversationItem[] = [];
  for (const message of request.messages) {
    const text = contentText(message.content);
    if (message.role === 'system' || message.role === 'developer') {
      system.push(text);
    } else if (message.role === 'user') {
      items.push({ kind: 'user', text });
    } else if (message.role === 'tool') {
      items.push({ kind: 'result', callId: message.tool_call_id, output: text });
    } else if (message.role === 'assistant') {
      if (text !== '') items.push({ kind: 'assistant', text });
      for (const call of message.tool_calls ?? []) {
        items.push({ kind: 'call', callId: call.id, name: call.function.name, arguments: call.function.arguments });
      }
    }
  }
  requireAnsweredCalls(items, 'messages');
  return {
    api: 'chat',
    model: request.model,
    instructions: system.join('\n\n'),
    items,
    tools: (request.tools ?? []).map((tool) => toTool(tool.function)),
    outputFormat: toOutputFormat(request.response_format?.type, request.response_format?.json_schema),
    stream: request.stream === true,
    wantsReasoningSummary: false,
    wantsEncryptedReasoning: false,
    wantsUsage: request.stream !== true || request.stream_options?.include_usage === true,
  };
}

function toTool(tool: { name: string; description?: string | null | undefined; parameters?: unknown }): ToolDefinition {
  return { name: tool.name, description: tool.description ?? '', parameters: tool.parameters };
}

function toOutputFormat(
  type: string | undefined,
  format: { name?: string | null | undefined; schema?: unknown } | null | undefined,
): OutputFormat | null {
  return type === 'json_schema' ? { name: format?.name ?? '', schema: format?.schema } : null;
}

function parsed<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  const path = issue.path.join('.');
  throw new WireError(
    400,
    `Invalid request${path ? ` at '${path}'` : ''}: ${issue.message}`,
    undefined,
    'invalid_value',
    path || null,
  );
}

/** A failed union reports only "Invalid input"; the branch that matched furthest tells what is wrong. */
function deepest(
  issues: readonly z.core.$ZodIssue[],
  prefix: PropertyKey[] = [],
): { path: PropertyKey[]; message: string } {
  const candidates = issues.map((issue) => {
    const path = [...prefix, ...issue.path];
    return issue.code === 'invalid_union' && issue.errors.length > 0
      ? deepest(issue.errors.flat(), path)
      : { path, message: issue.message };
  });
  return candidates.reduce(
    (best, next) => (next.path.length > best.path.length ? next : best),
    candidates[0] ?? { path: prefix, message: 'Invalid input' },
  );
}

/**
 * OpenAI refuses a conversation in which a call has no result or a result no call. The simulator does too, so that tests
 * notice it.
 */
function requireAnsweredCalls(items: readonly ConversationItem[], param: string): void {
  if (!items.some((item) => item.kind === 'user')) {
    throw new WireError(400, 'The conversation holds no user message.', undefined, 'invalid_value', param);
  }
  const open = new Set<string>();
  for (const item of items) {
    if (item.kind === 'call') open.add(item.callId);
    if (item.kind === 'result' && !open.delete(item.callId)) {
      throw new WireError(
        400,
        `No tool call found for function call output with call_id ${item.callId}.`,
        undefined,
        null,
        param,
      );
    }
  }
  for (const callId of open) {
    throw new WireError(400, `No tool output found for function call ${callId}.`, undefined, null, param);
  }
}
