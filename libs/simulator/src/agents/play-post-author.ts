/**
 * The simulator for the agents behind `post-author`: the router, the researcher, the writer. Every draft is made of the
 * prompt's own words.
 */
import type { Conversation } from '../conversation.js';
import type { Move } from '../model-turn.js';
import { currentRound, NOT_A_MODEL, usesOf } from './round.js';

const MAX_CHARACTERS = 280;
const needsFacts =
  /\b(?:research|facts?|numbers?|statistics|sources?|history|explain|why|recherche|fakten|chiffres)\b/iu;
const request =
  /^(?:please\s+)?(?:(?:research|write|draft|create|make|compose)\b[\s,]*(?:and\s+)?)*(?:me\s+)?(?:an?\s+|the\s+)?(?:short\s+|funny\s+)?(?:post|tweet|message|thread)?\s*(?:(?:announcing|saying)(?:\s+that\b)?|about|on|for|that)?\s*/iu;

/** The structured answer of the router. */
export function chooseRoute(prompt: string) {
  const next = needsFacts.test(prompt) ? 'research' : 'drafting';
  return {
    next,
    topic: topicOf(prompt).slice(0, 80),
    reason: next === 'research' ? 'The post needs facts first.' : 'The prompt says all that the post needs.',
  };
}

export function playResearch(conversation: Conversation, prompt: string): Move {
  const topic = topicOf(prompt);
  if (currentRound(conversation).uses.length === 0) {
    return {
      reasoning: `The post is about “${topic}”. I collect what is worth saying.`,
      text: 'I write down what the post can stand on.',
      calls: [
        { name: 'takeNote', arguments: { note: `What it is about: ${topic}.`, certainty: 'sure' } },
        { name: 'takeNote', arguments: { note: 'Readers want to know what changes for them.', certainty: 'sure' } },
        { name: 'takeNote', arguments: { note: 'No number was given, so none is claimed.', certainty: 'check' } },
      ],
    };
  }
  return { reasoning: '', text: 'Three notes are ready for the draft.', calls: [] };
}

export function playDrafting(conversation: Conversation, prompt: string): Move {
  const { opening, uses } = currentRound(conversation);
  const comment = /^Comment: (.+)$/mu.exec(opening)?.[1];
  const saved = uses.find((use) => use.name === 'saveDraft' && use.output?.saved === true);
  if (saved) {
    return { reasoning: '', text: `The draft is saved and waits for an approval.\n\n${NOT_A_MODEL}`, calls: [] };
  }
  const counted = uses.filter((use) => use.name === 'countCharacters');
  const fitting = counted.find((use) => use.output?.fits === true);
  if (fitting) return save(String(fitting.input.text ?? ''));
  // The first version of a first draft is too long on purpose, so that the limit is exercised and the text shortened.
  const first = usesOf(conversation.items).length === 0;
  const text = first ? longDraft(topicOf(prompt)) : shortDraft(topicOf(prompt), comment);
  if (counted.length > 2) return save(text);
  return {
    reasoning: `A post may have ${MAX_CHARACTERS} characters. I write one and count.`,
    text:
      counted.length > 0 ? 'That is too long. I cut it.' : comment ? 'I change the draft.' : 'I write a first draft.',
    calls: [{ name: 'countCharacters', arguments: { text } }],
  };
}

function save(text: string): Move {
  return { reasoning: '', text: 'It fits. I save this draft.', calls: [{ name: 'saveDraft', arguments: { text } }] };
}

function topicOf(prompt: string): string {
  const topic = prompt
    .replace(request, '')
    .replace(/\s+/gu, ' ')
    .replace(/[.!?\s]+$/u, '')
    .trim();
  return topic === '' ? 'what you asked for' : topic;
}

function longDraft(topic: string): string {
  const padding = 'There is a lot to say about it, and this first version says far too much of it at once. ';
  return `${sentence(topic)} ${padding.repeat(4)}`.trim();
}

function shortDraft(topic: string, comment: string | undefined): string {
  const wish = comment ? ` (Changed as asked: ${comment.slice(0, 60)})` : '';
  const end = ' Tell us what you think.';
  const room = MAX_CHARACTERS - [...wish, ...end].length - 1;
  return `${[...sentence(topic)].slice(0, room).join('')}${end}${wish}`;
}

function sentence(topic: string): string {
  return `${topic.charAt(0).toUpperCase()}${topic.slice(1)}.`;
}
