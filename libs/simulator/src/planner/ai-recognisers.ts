/**
 * Recognises steps that ask a language model, and those that shape data. Owns their words and parameters.
 */
import type { Draft } from './draft.js';
import { fieldName, labelFrom, readDuration, readList } from './quantities.js';
import type { Recogniser } from './recogniser.js';

/** The categories of "classify it as bug, billing or other". */
function readCategories(clause: string): string[] {
  const list = /\b(?:as|into|in|als|en|comme)\s+(?:either\s+)?(.+)$/iu.exec(clause)?.[1] ?? '';
  const names = readList(list.replace(/^["'“]|["'”.]+$/gu, '')).filter((name) => /^[\p{L}\d -]{2,30}$/u.test(name));
  if (names.length >= 2) return names.map((name) => name.toLowerCase());
  return /sentiment|stimmung|feedback|review/iu.test(clause)
    ? ['positive', 'neutral', 'negative']
    : ['urgent', 'normal', 'spam'];
}

function drawClassify(draft: Draft, clause: string): string[] {
  const categories = readCategories(clause);
  draft.add('classify', 'ai.classify', labelFrom(clause.replace(/\bit\b/iu, 'the message'), 'Classify'), {
    input: draft.facts.text,
    categories,
  });
  return categories;
}

const languages: readonly (readonly [RegExp, string])[] = [
  [/german|deutsch|allemand/iu, 'German'],
  [/french|français|französisch/iu, 'French'],
  [/spanish|spanisch|espagnol/iu, 'Spanish'],
  [/italian|italienisch|italien/iu, 'Italian'],
  [/japanese|japanisch|japonais/iu, 'Japanese'],
  [/english|englisch|anglais/iu, 'English'],
];

function drawExtract(draft: Draft, clause: string): void {
  const list = clause
    .replace(/^.*?\b(?:extract|read out|pull out|parse|extrahiere|lies|extra(?:is|ire))\b\s*/iu, '')
    .replace(/\b(?:from|out of|aus|de la|du)\b.*$/iu, '');
  const names = readList(list)
    .map((name) => fieldName(name))
    .filter((name, index, all) => all.indexOf(name) === index);
  const fields = (names.length > 0 ? names : ['name', 'date', 'amount']).map((name) => ({ name, type: typeOf(name) }));
  draft.add('extract', 'ai.extract', labelFrom(clause, 'Read the fields'), {
    input: draft.facts.triggerType === 'trigger.file' ? '{{ trigger.text }}' : draft.facts.text,
    fields,
  });
}

function typeOf(name: string): string {
  if (/date|datum/iu.test(name)) return 'date';
  if (/amount|total|price|sum|number|count|quantity|betrag|montant|preis|prix/iu.test(name)) return 'number';
  return /items|names|people|list|skills/iu.test(name) ? 'list' : 'text';
}

export const aiRecognisers: readonly Recogniser[] = [
  {
    id: 'summarise',
    pattern:
      /\bsumm?ari[sz](?:e|es|ing)\b|\bsum (?:it |them )?up\b|\bdigest of\b|\bfasse?\b.*\bzusammen|\bzusammenfass\w*|\brésume[rsz]?\b|^\W*(?:a |one )?summary\b|\btl;?dr\b/iu,
    draw(draft, clause) {
      draft.add('summarise', 'ai.summarise', labelFrom(clause, 'Summarise'), {
        input: draft.facts.text,
        style: /\b(?:bullets?|list|points)\b/iu.test(clause) ? 'bullets' : 'paragraph',
        maximumWords: 200,
      });
    },
    query: 'AI summarise',
  },
  {
    id: 'classify',
    pattern:
      /\b(?:classif\w+|categori[sz]\w*|(?<!#)triage|kategorisier\w*|klassifizier\w*|sentiment|einordnen|sort (?:it|them|(?:the |each )?[\p{L}]+) into|catégoris\w*|label (?:it|them|each))\b/iu,
    draw: (draft, clause) => {
      drawClassify(draft, clause);
    },
    query: 'AI classify and switch',
  },
  {
    id: 'translate',
    pattern: /\btranslat\w+|\bübersetz\w*|\btradui\w+/iu,
    draw(draft, clause) {
      const language = languages.find(([pattern]) => pattern.test(clause))?.[1] ?? 'English';
      draft.add('translate', 'ai.translate', labelFrom(clause, `Translate into ${language}`), {
        input: draft.facts.text,
        language,
      });
    },
    query: 'AI translate',
  },
  {
    id: 'extract',
    pattern: /\bextract\w*|\bread out\b|\bpull out\b|\bparse\b|\bextrahier\w*|\bextra(?:is|ire|yez)\b/iu,
    draw: drawExtract,
    query: 'AI extract fields',
  },
  {
    id: 'unseen',
    pattern:
      /\b(?:already (?:seen|processed|posted|sent)|duplicates?|deduplicat\w*|dedupe|seen before|bereits gesehen|doppelte|déjà vu\w*|doublons?)\b/iu,
    draw(draft) {
      const key = draft.facts.triggerType === 'trigger.feed' ? 'trigger.guid' : draft.facts.field('id');
      draft.add('onlyNew', 'logic.filter', 'Drop what was seen before', { mode: 'unseen', key });
    },
    query: 'filter duplicates already seen',
  },
  {
    id: 'write',
    pattern:
      /^\W*(?:write|draft|generate|compose|create|prepare|schreibe?|entwirf|verfasse|erstelle|écris|rédige|génère)\b.*\b(?:text|reply|answer|post|article|blog|tweet|copy|description|message|proposal|offer|letter|haiku|poem|joke|antwort|beitrag|réponse|changelog|newsletter|draft|agenda|brief|caption)\b/iu,
    draw(draft, clause) {
      draft.add('write', 'ai.generate', labelFrom(clause, 'Write the text'), {
        instructions: `${labelFrom(clause, 'Write the text')}. Keep it short and friendly.`,
        input: draft.facts.text,
      });
    },
    query: 'AI write text',
  },
  {
    id: 'transform',
    pattern: /\b(?:transform|convert|reshape|map|rename|format|calculate|compute|umwandeln|berechne|calcule)\b/iu,
    draw(draft, clause) {
      draft.add('transform', 'action.transform', labelFrom(clause, 'Transform the data'), {
        output: { value: draft.facts.text, at: '{{ now }}' },
      });
    },
    query: 'transform data',
  },
  {
    id: 'code',
    pattern: /\b(?:javascript|python|script|run code|custom code)\b/iu,
    draw(draft, clause) {
      draft.add('runCode', 'action.code', labelFrom(clause, 'Run code'), {
        language: /python/iu.test(clause) ? 'python' : 'javascript',
        inputs: { data: draft.facts.text },
        code: /python/iu.test(clause) ? 'return {"data": inputs["data"]}' : 'return { data: inputs.data };',
      });
    },
    query: 'run code',
  },
  {
    id: 'wait',
    pattern:
      /^\W*(?:wait|pause|sleep|warte|attends?|attendre)\b|\b(?:wait|delay|pause)$|\b(?:later|später|plus tard)$/iu,
    draw(draft, clause) {
      if (/\b(?:until|till|bis|jusqu)/iu.test(clause) && !readDuration(clause)) {
        const until = draft.facts.field(/trial|over|end/iu.test(clause) ? 'trialEndsAt' : 'until');
        draft.add('waitUntil', 'logic.wait', labelFrom(clause, 'Wait'), { mode: 'until', until });
        return;
      }
      draft.add('wait', 'logic.wait', labelFrom(clause, 'Wait'), {
        mode: 'duration',
        duration: readDuration(clause) ?? '1d',
      });
    },
    query: 'wait',
  },
];
