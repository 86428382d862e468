/**
 * The words that give a workflow its structure: otherwise, failures, answers to an approval; and where a clause divides into a
 * condition and what is done. Owns these words; draws nothing.
 */
import { approvalWords, recognise } from './clauses.js';

export const elseStart = /^\W*(?:otherwise|else|if not|sinon|sonst|ansonsten|andernfalls)\b[\s,:]*/iu;
export const failure =
  /\b(?:only )?(?:if|when|wenn|falls|si)\s+(?:it|anything|something|that|this|any step|any of (?:this|that|it)|one|the \w+|\p{L}+ing(?: it| them)?|etwas|es|das|die \w+|der \w+|quelque chose|ça|cela|la \w+|le \w+)\s+(?:fails?|goes wrong|breaks|crashes|errors?|schief ?geht|fehl ?schlägt|échoue|plante)\b|\bon (?:error|failure)s?\b|\bbei (?:einem )?fehler\b|\ben cas d['’](?:erreur|échec)\b/iu;
export const rollback = /\broll(?:s|ed)? ?back\b|\brevert\b/iu;
export const finishing =
  /^\W*(?:finally|at the end|in the end|afterwards|when (?:all|everything)|once (?:all|everything)|am ende|zum schluss|danach|enfin|à la fin)\b/iu;
const yes =
  'approv\\p{L}*|accept\\p{L}*|confirmed|genehmig\\p{L}*|freigegeben|freigibt|freigabe|zustimm\\p{L}*|approuv\\p{L}*|approbation|accord|says? yes';
const no =
  'reject\\p{L}*|declin\\p{L}*|denie[ds]|den(?:y|ial)|disapprov\\p{L}*|refus\\p{L}*|abgelehnt|ablehn\\p{L}*|rejet\\p{L}*|says? no';
/** "if rejected", "if they do not approve it", "bei Ablehnung": an answer to the approval that was asked for before. */
export const outcome = new RegExp(
  `^\\W*(?:(?:but|and|also|only|then|et|und|dann|puis)\\s+)*(?:(?:if|when|once|wenn|falls|sofern|si|s'ils?)\\s+(?:(?:it|this|that|they|he|she|es|sie|er|ils?|elle|(?:the|der|die|das|le|la)\\s+[\\p{L}-]+)\\s+)?(?:(?:is|are|was|gets?|has been|does|do|did|wird|ist|est|a été)\\s*)?|(?:on|upon|bei|en cas de|en cas d')\\s*)(?:(not|n't|nicht|pas)\\s+)?(?:(${yes})|(${no}))(?![\\p{L}])(?:\\s+(?:it|this|that|them|wird|ist))?[\\s,:]*`,
  'iu',
);
export const webhookWait = /\bwait\b.*\b(?:webhook|callback|confirmation|signal)\b/iu;

/** "if they did not upgrade offer them 20 % off": the condition, and the action that follows without a comma. */
export function splitCondition(clause: string): [string, string] {
  // "they did not reply within two days" goes on with the condition.
  const verb =
    /(?<!(?<!\b(?:if|wenn|si|falls)\s)\bnot|\b(?:to|they|who|you|we|i)|n't)\s(?=(?:then |please |also )?(?:let|charge|pay|deploy|remind|log|save|store|archive|record|publish|delete|close|write|start|run|stop|update|erstelle|schreibe|bestelle|ajoute|crée|ask|require|offer|send|email|notify|post|create|open|tell|add|call|page|text|refund|alert|inform|message|escalate|assign|reply|write|book|forward|ping|envoie|préviens|demande|sende|schicke|informiere|benachrichtige)\s+(?!by\b))/iu;
  const match = verb.exec(clause);
  if (!match || match.index < 6) return [clause, ''];
  return [clause.slice(0, match.index), clause.slice(match.index).trim()];
}

/** "assign it to Anna, otherwise to Ben": the verb that the other side leaves out. */
export function spelledOut(text: string, said: string | undefined): string {
  if (said === undefined || !/^\W*(?:to|an|à)\s/iu.test(text) || recognise(text)) return text;
  return recognise(said) ? said.replace(/\s(?:to|an|à)\s.*$/iu, ` ${text.trim()}`) : text;
}

export function beforeAction(clause: string): { action: string; index: number } | undefined {
  const match = /\s(?:before|bevor|avant (?:de |d'|que ))\s*(.+)$/iu.exec(clause);
  return match?.[1] ? { action: match[1], index: match.index } : undefined;
}

/** "publish it after my approval", "ask the lead for approval and then deploy": what is done once there is a yes. */
export function guardedAction(clause: string): string | undefined {
  const first = /^(.+?)\s+(?:only )?(?:after|once|upon|nach|après)\s/iu.exec(clause)?.[1];
  if (first !== undefined && !approvalWords.test(first)) return first;
  const then = /\s(?:and then|then|und dann|dann|et puis|puis)\s+(.+)$/iu.exec(clause);
  return then?.[1] && approvalWords.test(clause.slice(0, then.index)) ? then[1] : undefined;
}
