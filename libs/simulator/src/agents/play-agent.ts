/**
 * Chooses the simulator's role. Recognises the bundled agents, except the workflow builder, by a request's tools and the
 * format of its answer.
 */
import type { Conversation } from '../conversation.js';
import type { Move } from '../model-turn.js';
import { playAnyTools } from './play-any-tools.js';
import { playBooking, playSearch } from './play-flight-booking.js';
import { chooseRoute, playDrafting, playResearch } from './play-post-author.js';
import { sampleOf } from './sample-of-schema.js';

/** The simulator's next answer in that role; `null` when the request belongs to none of these roles. */
export function playAgent(conversation: Conversation, prompt: string): Move | null {
  const { outputFormat, tools } = conversation;
  if (outputFormat !== null) {
    const value = asksForRoute(outputFormat.schema) ? chooseRoute(prompt) : sampleOf(outputFormat.schema, prompt);
    return { reasoning: '', text: JSON.stringify(value), calls: [] };
  }
  const offered = new Set(tools.map((tool) => tool.name));
  if (offered.has('saveDraft')) return playDrafting(conversation, prompt);
  if (offered.has('takeNote')) return playResearch(conversation, prompt);
  if (offered.has('chooseFlight')) return playSearch(conversation, prompt);
  if (offered.has('bookFlight')) return playBooking(conversation);
  const drawsGraphs = offered.has('addNodes') || offered.has('connectNodes');
  return offered.size === 0 || drawsGraphs ? null : playAnyTools(conversation, prompt);
}

/** A router between research and drafting has an enum of these two. */
function asksForRoute(schema: unknown): boolean {
  const shape = JSON.stringify(schema) ?? '';
  return shape.includes('"next"') && shape.includes('"research"') && shape.includes('"drafting"');
}
