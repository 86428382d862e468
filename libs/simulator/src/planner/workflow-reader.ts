/**
 * Reads the actions of a prompt, sentence by sentence, and draws them: steps in a row, conditions, loops, waits, approvals,
 * parallel work, failures. Owns the structure; single steps are drawn by their recognisers.
 */
import {
  approvalWords,
  comparison,
  conditionStart,
  loopStart,
  recognise,
  toClauses,
  toSentences,
  validation,
} from './clauses.js';
import { hasThreshold, readCondition } from './condition-reader.js';
import type { Draft } from './draft.js';
import type { Facts } from './facts.js';
import { drawPriceCheck, drawRecordSearch } from './loop-patterns.js';
import type { PlannedNode, Tail } from './plan.js';
import { fieldName, labelFrom, leftOut, ownStart, readDuration, withoutCondition } from './quantities.js';
import { drawRanges, isRanges } from './range-reader.js';
import { drawSource, drawStore } from './read-first.js';
import { drawCases, findCases } from './routing-reader.js';
import { readOwnTime } from './schedule-reader.js';
import { parallelWords } from './service-recognisers.js';
import {
  beforeAction,
  elseStart,
  failure,
  finishing,
  guardedAction,
  outcome,
  rollback,
  spelledOut,
  splitCondition,
  webhookWait,
} from './structure-words.js';

/** Steps that one prompt may ask for. */
const MAX_NODES = 40;
const tooLong = `The prompt asks for more than ${MAX_NODES} steps; I stopped there.`;

interface OpenLoop {
  node: PlannedNode;
  outer: Facts;
}

interface OpenChoice {
  node: PlannedNode;
  /** The output for what is done otherwise. */
  other: string;
  ends: Tail[];
  /** The last thing that is done where the condition holds. */
  said: string | undefined;
}

interface AskedApproval {
  node: PlannedNode;
  /** What was known where it was asked for. */
  facts: Facts;
}

export class WorkflowReader {
  private loop: OpenLoop | undefined;
  private choice: OpenChoice | undefined;
  private approval: AskedApproval | undefined;
  private bad: Tail | undefined;
  private late: Tail[] = [];
  private sentences: string[] = [];

  constructor(private readonly draft: Draft) {}

  /** Draws everything that the text asks for behind the current path. */
  read(text: string): void {
    this.sentences = toSentences(text);
    for (let sentence = this.sentences.shift(); sentence !== undefined; sentence = this.sentences.shift()) {
      this.readSentence(sentence);
    }
  }

  /** Starts with a loop that the trigger's words ask for, such as "every row of a CSV". */
  openLoop(noun: string, items: string): void {
    const singular = noun.toLowerCase().replace(/s$/u, '');
    const node = this.draft.add(fieldName(`each ${singular}`), 'logic.forEach', `For each ${singular}`, { items });
    const outer = this.draft.facts.branch();
    // What the loop node itself taught counts inside only; outside the facts are those from before, less the item.
    this.loop = { node, outer };
    this.draft.tails = [{ source: node.id, branch: 'each' }];
    this.draft.facts.enterLoop(singular);
  }

  private closeLoop(): void {
    if (this.loop === undefined) return;
    const inner = this.draft.nodes.at(-1);
    this.draft.tails = [{ source: this.loop.node.id, branch: 'done' }];
    this.draft.facts = this.loop.outer;
    this.draft.facts.base = 'trigger';
    this.draft.facts.text = `{{ toJson(nodes.${inner?.id ?? this.loop.node.id}) }}`;
    this.draft.facts.headline = `{{ nodes.${this.loop.node.id}.count }} items were handled.`;
    this.loop = undefined;
    this.bad = undefined;
  }

  private readSentence(sentence: string): void {
    if (rollback.test(sentence) && this.late.length > 0) {
      this.drawRollback(sentence);
      return;
    }
    if (elseStart.test(sentence) && this.choice !== undefined) {
      this.drawElse(sentence.replace(elseStart, ''));
      return;
    }
    if (isRanges(sentence)) {
      drawRanges(this.draft, sentence, (clause) => this.readClauses([clause]));
      return;
    }
    if (finishing.test(sentence)) this.closeLoop();
    const clauses = toClauses(sentence);
    const handled = clauses.findIndex((clause) => failure.test(clause));
    if (handled === -1) {
      this.readParallel(sentence, clauses);
      return;
    }
    const failing = clauses[handled] ?? '';
    const before = clauses.slice(0, handled);
    const alone = failing
      .replace(failure, '')
      .replace(/[\s,]+$/u, '')
      .trim();
    // "if it fails, page me" has its action behind it, "page me if it fails" in front.
    if (!recognise(alone) && /\p{L}{3}.*\s.*\p{L}{3}/u.test(alone)) this.draft.remarks.push(leftOut(alone));
    const actions = recognise(alone) ? [alone, ...clauses.slice(handled + 1)] : clauses.slice(handled + 1);
    this.readParallel(before.join(' '), before);
    this.drawFailure(actions);
  }

  private readParallel(sentence: string, clauses: string[]): void {
    const together = clauses.findIndex((clause) => parallelWords.test(clause));
    if (together < 1 || clauses.length < 2 || !parallelWords.test(sentence)) {
      this.readClauses(clauses);
      return;
    }
    const from = this.draft.tails;
    const group = clauses.slice(0, together + 1);
    const ends = group.flatMap((clause) =>
      this.draft.aside(from, () => this.readClauses([clause.replace(parallelWords, '').trim()])),
    );
    this.draft.tails = ends;
    if (ends.length > 1) this.draft.add('join', 'logic.merge', 'Wait for both', { mode: 'all' });
    this.readClauses(clauses.slice(together + 1));
  }

  private readClauses(clauses: string[]): void {
    for (const [index, clause] of clauses.entries()) {
      if (this.draft.nodes.length >= MAX_NODES) {
        if (!this.draft.remarks.includes(tooLong)) this.draft.remarks.push(tooLong);
        return;
      }
      const rest = clauses.slice(index + 1);
      const action = this.withoutOwnTime(clause, rest);
      if (action === undefined) return;
      if (action !== '' && this.readStructure(action, rest)) return;
    }
  }

  /**
   * The clause, unless it is to happen at a time of its own: a workflow starts in one way. Then it is empty, or `undefined` when
   * what follows belongs to that time as well.
   */
  private withoutOwnTime(clause: string, rest: string[]): string | undefined {
    const time = readOwnTime(clause);
    if (time === undefined) return clause;
    const { triggerType, cron } = this.draft.facts;
    if (cron === time.cron) return `${clause.slice(0, time.index)} ${clause.slice(time.index + time.length)}`.trim();
    // "Every day at 9 and every Friday at 4, post …": one of the two times is enough to post.
    const whole = time.begins && !(time.bare && triggerType === 'trigger.schedule');
    this.draft.remarks.push(ownStart(whole ? [clause, ...rest].join(', ') : clause));
    return whole ? undefined : '';
  }

  /** Draws one clause. `true` when the rest of the clauses was drawn as well, inside of what this one opened. */
  private readStructure(clause: string, rest: string[]): boolean {
    if (elseStart.test(clause) && this.choice !== undefined) {
      this.drawElse([clause.replace(elseStart, ''), ...rest].join(', '));
      return true;
    }
    const answer = this.approval && outcome.exec(clause);
    if (answer) {
      const rejected = (answer[3] !== undefined) !== (answer[1] !== undefined);
      const action = clause.slice(answer[0].length).trim();
      this.drawAnswer(rejected, action === '' ? rest : [action, ...rest]);
      return true;
    }
    if (conditionStart.test(clause)) {
      const [condition, action] = splitCondition(clause);
      this.drawIf(condition, action === '' ? rest : [action, ...rest]);
      return true;
    }
    if (loopStart.test(clause)) {
      const match =
        /(?:each of (?:the|them)|each|every|chaque|jede[nrsm]?|through|over)\s+(?:the |all |of |our )*([\p{L}-]+)\s*(.*)$/iu.exec(
          clause,
        );
      const noun = match?.[1] ?? 'item';
      const [source, action] = splitCondition(match?.[2] ?? '');
      const stored = /^(?:in|of|from|aus|von|in der|de|dans)\b/iu.test(source) && recognise(source) !== undefined;
      if (stored) recognise(source)?.draw(this.draft, `Read the ${plural(noun)} ${source}`);
      this.openLoop(noun, this.draft.facts.listOrGuess(fieldName(plural(noun), 'items')));
      const remainder = stored ? action : (match?.[2] ?? '');
      if (hasThreshold(remainder)) {
        const [condition, behind] = splitCondition(remainder);
        this.drawIf(condition, behind === '' ? rest : [behind, ...rest]);
        return true;
      }
      if (recognise(remainder)) this.readStructure(remainder, []);
      return false;
    }
    if (comparison.test(clause) && !recognise(clause)?.id.startsWith('slack')) {
      this.openLoop('page', 'settings.competitorPages');
      drawPriceCheck(this.draft);
      return false;
    }
    if (webhookWait.test(clause)) {
      this.drawWebhookWait(clause);
      return false;
    }
    if (validation.test(clause)) {
      const valid = this.draft.add('emailValid', 'logic.if', 'Email address valid?', {
        condition: `isEmail(${this.draft.facts.field('email')})`,
      });
      this.bad = { source: valid.id, branch: 'false' };
      this.draft.tails = [{ source: valid.id, branch: 'true' }];
      return false;
    }
    if (this.bad !== undefined && /\b(?:bad|invalid|wrong|rejected|ungültige?n?)\b/iu.test(clause)) {
      this.drawBad(clause);
      return false;
    }
    if (approvalWords.test(clause)) {
      this.drawApproval(clause, rest[0]);
      return false;
    }
    return this.readStep(clause, rest);
  }

  private readStep(clause: string, rest: string[]): boolean {
    const suffix = /^(.+?)\s+(?:only )?(?:if|when|falls|wenn|si)\s+(.+)$/iu.exec(clause);
    if (suffix?.[1] && suffix[2] && recognise(suffix[1])) {
      this.drawIf(suffix[2], [suffix[1], ...rest]);
      return true;
    }
    if (elseStart.test(clause)) {
      this.draft.remarks.push(withoutCondition(clause));
      return false;
    }
    const copied = /^(.*?\b(?:from|aus|von|de|depuis)\s+.+?)\s+(?:to|into|in|nach|vers|dans)\s+(.+)$/iu.exec(clause);
    if (
      copied?.[1] &&
      copied[2] &&
      /\b(?:copy|sync|export|move|import|transfer|kopiere|copie)\w*\b/iu.test(copied[1]) &&
      recognise(copied[1]) &&
      recognise(copied[2])
    ) {
      recognise(copied[1])?.draw(
        this.draft,
        copied[1].replace(/\b(?:copy|sync|export|move|import|transfer|kopiere|copie)\w*\b/iu, 'Read'),
      );
      recognise(copied[2])?.draw(this.draft, `Save them in ${copied[2]}`);
      return false;
    }
    const recogniser = recognise(clause);
    if (recogniser?.id === 'classify') {
      recogniser.draw(this.draft, clause);
      const cases = findCases(this.draft, [rest.join(', '), ...this.sentences]);
      if (cases === undefined) return false;
      this.sentences = cases.left;
      drawCases(this.draft, cases, (clauses) => this.readClauses(clauses));
      return true;
    }
    if (
      recogniser?.id === 'email' &&
      /^\W*(?:remind|erinnere|rappelle)/iu.test(clause) &&
      this.draft.facts.triggerType === 'trigger.schedule' &&
      !this.loop
    ) {
      const list = drawRecordSearch(this.draft, clause);
      this.openLoop('customer', list);
    }
    if (
      !this.loop &&
      recogniser !== undefined &&
      ['summarise', 'classify', 'translate', 'extract'].includes(recogniser.id)
    ) {
      drawSource(this.draft, clause);
    }
    if (!this.loop && recogniser !== undefined && ['email', 'slack', 'teams'].includes(recogniser.id))
      drawStore(this.draft, clause);
    const promisesSummary = /\b(?:summary|digest|zusammenfassung|résumé)\b/iu.test(clause);
    if (promisesSummary && recogniser !== undefined && recogniser.id !== 'summarise' && !this.draft.facts.written) {
      recognise('summarise')?.draw(this.draft, 'Write the summary');
    }
    if (recogniser !== undefined) recogniser.draw(this.draft, clause);
    else this.drawUnknown(clause);
    return false;
  }

  /** Draws a condition with what hangs on it; without clauses the path goes on where it holds. */
  drawIf(condition: string, clauses: string[]): void {
    const asksAgain =
      /\b(?:did not|didn't|has not|hasn't|have not|haven't|nicht|n'a pas)\b/iu.test(condition) &&
      this.loop !== undefined;
    if (asksAgain) {
      const record = this.draft.add('lookUpAgain', 'action.crm', 'Look the customer up again', {
        operation: 'find',
        record: 'contact',
        fields: { email: this.draft.facts.person },
      });
      this.draft.facts.base = `first(nodes.${record.id}.records)`;
    }
    const { expression, label } = readCondition(condition, this.draft.facts);
    if (asksAgain) this.draft.facts.base = 'item';
    const node = this.draft.add('check', 'logic.if', label, { condition: expression });
    const [first, ...rest] = clauses;
    const before = first === undefined ? undefined : beforeAction(first);
    if (first !== undefined && before !== undefined && approvalWords.test(first)) {
      // Only the approval hangs on the condition; what it guards happens either way.
      const ends = this.draft.branch(node, 'true', () =>
        this.drawApproval(first.slice(0, before.index), before.action),
      );
      this.draft.tails = [...ends, { source: node.id, branch: 'false' }];
      this.readClauses([before.action, ...rest]);
      return;
    }
    if (clauses.length === 0) {
      this.draft.tails = [{ source: node.id, branch: 'true' }];
      return;
    }
    const elseAt = clauses.findIndex((clause) => elseStart.test(clause));
    const held = elseAt === -1 ? clauses : clauses.slice(0, elseAt);
    const ends = this.draft.branch(node, 'true', () => this.readClauses(held));
    this.choice = { node, other: 'false', ends, said: held.at(-1) };
    this.draft.tails = [...ends, { source: node.id, branch: 'false' }];
    if (elseAt !== -1) this.drawElse(clauses.slice(elseAt).join(', ').replace(elseStart, ''));
  }

  private drawElse(text: string): void {
    const { choice } = this;
    if (choice === undefined) return;
    this.choice = undefined;
    const ends = this.draft.branch(choice.node, choice.other, () =>
      this.readClauses(toClauses(spelledOut(text, choice.said))),
    );
    this.draft.tails = [...choice.ends, ...ends];
  }

  /** Draws an approval; `next` says what it is for. */
  drawApproval(clause: string, next: string | undefined): void {
    const guarded = beforeAction(clause)?.action ?? guardedAction(clause);
    const action = guarded ?? next ?? 'go on';
    const what = labelFrom(action.replace(/^\W*booking\b/iu, 'Book').replace(/^it goes/iu, 'Let it go'), 'Go on');
    const role =
      /\b(?:by|from|ask|let)\s+(?:the |our |a |my )?(manager|cfo|ceo|cto|boss|legal|finance|team lead|lead|owner)\b/iu.exec(
        clause,
      )?.[1];
    const node = this.draft.add('approval', 'logic.approval', 'Ask a person to approve', {
      message: `${what}?\n\n${this.draft.facts.message()}`,
      timeout: readDuration(clause) ?? '2d',
      ...(role ? { approvers: `{{ settings.${fieldName(role)}Email }}` } : {}),
    });
    this.draft.tails = [{ source: node.id, branch: 'approved' }];
    this.approval = { node, facts: this.draft.facts.branch() };
    if (guarded !== undefined) this.readClauses([guarded]);
  }

  /** What hangs on the answer of the approval before it. What follows without such words is for a yes. */
  private drawAnswer(rejected: boolean, clauses: string[]): void {
    const { approval, draft } = this;
    if (approval === undefined) return;
    const end = clauses.findIndex((clause) => elseStart.test(clause) || outcome.test(clause));
    const held = end === -1 ? clauses : clauses.slice(0, end);
    const others = end === -1 ? [] : clauses.slice(end);
    if (rejected) {
      const { facts } = draft;
      draft.facts = approval.facts;
      const ends = draft.branch(approval.node, 'rejected', () => this.readClauses(held));
      draft.facts = facts;
      this.choice = { node: approval.node, other: 'approved', ends, said: held.at(-1) };
    } else {
      this.readClauses(held);
      this.choice = { node: approval.node, other: 'rejected', ends: draft.tails, said: held.at(-1) };
    }
    this.readClauses(others);
  }

  private drawWebhookWait(clause: string): void {
    const timeout =
      readDuration([clause, ...this.sentences].filter((text) => /within|after|minut|hour/iu.test(text)).join(' ')) ??
      '1h';
    const wait = this.draft.add('waitForCall', 'logic.wait', labelFrom(clause, 'Wait for a webhook'), {
      mode: 'webhook',
      timeout,
    });
    this.draft.tails = [{ source: wait.id, branch: 'received' }];
    const healthy = /\b(healthy|ready|ok|done|success\w*|confirmed|paid)\b/iu.exec(clause)?.[1]?.toLowerCase();
    this.late = [{ source: wait.id, branch: 'timedOut' }];
    if (healthy === undefined) return;
    const check = this.draft.add('isGood', 'logic.if', `${healthy.charAt(0).toUpperCase()}${healthy.slice(1)}?`, {
      condition: `nodes.${wait.id}.body.status == '${healthy}'`,
    });
    this.draft.tails = [{ source: check.id, branch: 'true' }];
    this.late.push({ source: check.id, branch: 'false' });
  }

  private drawRollback(sentence: string): void {
    const from = this.late;
    this.late = [];
    this.draft.aside(from, () => {
      this.draft.add('rollBack', 'action.http', labelFrom(sentence.replace(/\s+(?:if|when)\b.*$/iu, ''), 'Roll back'), {
        method: 'POST',
        url: '{{ settings.deployApiUrl }}',
        body: { action: 'rollback', id: `{{ ${this.draft.facts.field('id')} }}` },
      });
    });
  }

  private drawBad(clause: string): void {
    const from = this.bad;
    if (from === undefined) return;
    const noted = this.draft.aside([from], () => {
      this.draft.add('noteBadRow', 'action.transform', 'Note the bad row', {
        output: { row: '{{ item }}', reason: 'The email address is not valid.' },
      });
    });
    const report = /\breport\b|\bsend|\bemail|bericht|rapport/iu.test(clause);
    const id = noted[0]?.source;
    this.closeLoop();
    if (!report || id === undefined) return;
    this.draft.facts.text = `{{ toJson(nodes.${id}) }}`;
    this.draft.facts.written = true;
    recognise(`email ${clause}`)?.draw(
      this.draft,
      clause.replace(/^collect bad rows in a report sent to\b/iu, 'Email the report of bad rows to'),
    );
  }

  private drawFailure(actions: string[]): void {
    const { draft } = this;
    const keep = { tails: draft.tails, facts: draft.facts };
    draft.tails = [];
    draft.facts = keep.facts.branch();
    const from = draft.nodes.length;
    draft.add('onFailure', 'logic.errorHandler', 'If a step fails', {});
    this.readClauses(actions);
    // A handler that is followed by nothing would be an error: without words on what to do, somebody is told.
    if (draft.nodes.length === from + 1) recognise('email')?.draw(draft, 'Email the owner about the failure');
    draft.tails = keep.tails;
    draft.facts = keep.facts;
  }

  private drawUnknown(clause: string): void {
    const retries = /^\W*(?:re-?try|try (?:it )?again)\b/iu.test(clause);
    if (retries || clause.split(/\s+/u).length < 3 || clause.length < 12) {
      if (/\p{L}{3}.*\s.*\p{L}{3}/u.test(clause)) {
        this.draft.remarks.push(leftOut(clause));
      }
      return;
    }
    this.draft.add('aiStep', 'ai.generate', labelFrom(clause, 'AI step'), {
      instructions: `${labelFrom(clause.slice(0, 400), 'Do what was asked')}.`,
      input: this.draft.facts.text,
    });
    this.draft.remarks.push(`I know no node for “${labelFrom(clause, 'this')}”, so an AI step stands there.`);
  }
}

function plural(noun: string): string {
  return /s$/iu.test(noun) ? noun : `${noun}s`;
}
