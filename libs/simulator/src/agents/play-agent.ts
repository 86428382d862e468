/**
 * Which role the simulator plays. Owns the recognition of the bundled agents other than the workflow builder, by what a
 * request offers: its tools and the shape of its answer.
 */
import type { Conversation } from '../conversation.js';
import type { Move } from '../model-turn.js';
import { playAnyTools } from './play-any-tools.js';
import { playBooking, playSearch } from './play-flight-booking.js';
import { chooseRoute, playDrafting, playResearch } from './play-post-author.js';
import { sampleOf } from './sample-of-schema.js';

/** What the simulator says and asks for next in that role; `null` when the request belongs to no role of this list. */
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

/** A router of research and drafting asks for one of the two by name. */
function asksForRoute(schema: unknown): boolean {
  const shape = JSON.stringify(schema) ?? '';
  return shape.includes('"next"') && shape.includes('"research"') && shape.includes('"drafting"');
}
