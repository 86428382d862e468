/**
 * Recognises steps that tell somebody something. Owns their words, texts and recipients.
 */
import type { Draft } from './draft.js';
import { labelFrom, readDuration, readTime } from './quantities.js';
import { type Recogniser, recipient } from './recogniser.js';

const standUp = 'Good morning! What did you finish, what is next, and is anything in your way?';

function channelOf(clause: string, fallback: string): string {
  const named = /#[\w-]+/u.exec(clause)?.[0] ?? /@[\w-]+(?!\S*\.\w)/u.exec(clause)?.[0];
  if (named) return named;
  // "Send Anna a DM": a person's own channel is named after that person.
  const person =
    /\b(?:send|message|dm)\s+(\p{Lu}[\p{L}-]+)\s+(?:an?\s+)?(?:slack\s+)?(?:dm|direct message|message)\b/iu.exec(
      clause,
    )?.[1];
  if (person && !/^(?:the|an?|our|my)$/iu.test(person)) return `@${person.toLowerCase()}`;
  const spoken = /\b(?:the|our)\s+([\w-]+)\s+channel\b/iu.exec(clause)?.[1];
  return spoken ? `#${spoken.toLowerCase()}` : fallback;
}

function question(clause: string): boolean {
  return /\bquestion|stand-?up|frage\b/iu.test(clause);
}

function postQuestion(draft: Draft, clause: string, channel: string) {
  return draft.add('askTeam', 'action.slack', labelFrom(clause, 'Ask the team'), {
    operation: 'post',
    channel,
    text: standUp,
  });
}

/** From the start of the schedule until a time of day, as a duration; what the words say otherwise. */
function gatheringTime(draft: Draft, clause: string): string {
  const until = readTime(clause);
  const start = /^(\d+) (\d+) /u.exec(
    String(draft.nodes.find((node) => node.type === 'trigger.schedule')?.parameters.cron),
  );
  if (until && start) {
    const minutes = until.hour * 60 + until.minute - (Number(start[2]) * 60 + Number(start[1]));
    if (minutes > 0) return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
  }
  return readDuration(clause) ?? '1h';
}

function drawGathering(draft: Draft, clause: string): void {
  const inChat = draft.facts.triggerType === 'trigger.chat';
  let post = draft.nodes.findLast((node) => node.type === 'action.slack' && node.parameters.operation === 'post');
  post ??= postQuestion(draft, 'Ask the team', inChat ? '{{ trigger.channel }}' : '#team');
  const duration = gatheringTime(draft, clause);
  draft.add('waitForAnswers', 'logic.wait', `Wait ${duration} for answers`, { mode: 'duration', duration });
  draft.add('readAnswers', 'action.slack', 'Gather the answers', {
    operation: 'readReplies',
    channel: post.parameters.channel ?? '#team',
    threadId: `{{ nodes.${post.id}.threadId }}`,
    since: duration,
  });
}

function subjectFor(clause: string, draft: Draft): string {
  if (/\bwelcome|willkommen|bienvenue\b/iu.test(clause)) return 'Welcome!';
  if (/\boffer|discount|% off|angebot|offre|rabatt/iu.test(clause)) return 'An offer for you';
  if (/\bremind|erinner|rappel/iu.test(clause)) return 'A short reminder';
  if (/\baction items?\b/iu.test(clause)) return 'Your action items';
  if (/\breport\b|bericht|rapport/iu.test(clause)) return 'Report of {{ formatDate(now, "yyyy-MM-dd") }}';
  if (draft.facts.written) return 'Summary of {{ formatDate(now, "yyyy-MM-dd") }}';
  return draft.facts.headline.length < 150 ? draft.facts.headline : 'News from your workflow';
}

function bodyFor(clause: string, draft: Draft): string {
  const links = draft.nodes.filter((node) => node.id.startsWith('createAccount'));
  if (links.length > 0 && /\blinks?\b|welcome/iu.test(clause)) {
    const lines = links.map((node) => `- ${node.label}: {{ nodes.${node.id}.body.link }}`);
    return `Welcome, {{ trigger.employeeName }}!\n\nYour accounts are ready:\n\n${lines.join('\n')}`;
  }
  if (/\boffer|% off|discount|rabatt|angebot|offre/iu.test(clause)) {
    const percent = /(\d+)\s*%/u.exec(clause)?.[1];
    return `Hello,\n\nwe would like you to stay: here is ${percent ? `${percent} % off` : 'a discount'} your first year.`;
  }
  if (/\btrial\b|testphase|essai/iu.test(clause) && draft.facts.base === 'item') {
    return 'Hello {{ item.name }},\n\nyour trial ends on {{ formatDate(item.trialEndsAt, "yyyy-MM-dd") }}. Upgrade before then to keep everything as it is.';
  }
  if (/\bremind|erinner|rappel/iu.test(clause))
    return `Hello,\n\na short reminder: ${labelFrom(clause, 'something is due soon')}.`;
  if (/\baction items?\b/iu.test(clause) && draft.facts.base === 'item') {
    return 'Hello {{ item.name }},\n\nthese are your action items:\n\n{{ item.tasks }}';
  }
  return draft.facts.message();
}

function drawEmail(draft: Draft, clause: string): void {
  const reply =
    /\b(?:reply|replies|auto-?reply|antwort|répon)/iu.test(clause) && draft.facts.triggerType === 'trigger.email';
  draft.add('sendEmail', 'action.email', labelFrom(clause, 'Send an email'), {
    to: reply ? '{{ trigger.from }}' : recipient(clause, draft),
    subject: reply ? 'Re: {{ trigger.subject }}' : subjectFor(clause, draft),
    body: bodyFor(clause, draft),
    ...(reply ? { inReplyTo: '{{ trigger.messageId }}' } : {}),
  });
}

function drawReply(draft: Draft): void {
  // "Answer with AI and reply in the thread" is one answer.
  if (draft.nodes.at(-1)?.type === 'logic.respond') return;
  const writer = draft.add('writeAnswer', 'ai.generate', 'Write the answer', {
    instructions: 'Write a short, polite answer in the language of the message. Say so when you do not know something.',
    input: draft.facts.text,
  });
  const text = `{{ nodes.${writer.id}.text }}`;
  const answered = draft.facts.triggerType;
  if (['trigger.chat', 'trigger.webhook', 'trigger.form'].includes(answered)) {
    draft.add('answer', 'logic.respond', 'Send the answer', { body: { text } });
  } else {
    drawEmail(draft, 'Reply with the answer');
  }
}

/** "send action items to the people who were named": one email for each of them. */
function drawActionItems(draft: Draft, clause: string): void {
  const before = draft.facts.branch();
  const source = before.text;
  const extract = draft.add('extractTasks', 'ai.extract', 'Find the action items and who has them', {
    input: before.triggerType === 'trigger.webhook' ? '{{ trigger.body.transcript }}' : source,
    fields: [
      { name: 'people', type: 'list', description: 'Everybody who was named: name, email and tasks' },
      { name: 'decisions', type: 'list', description: 'What was decided' },
    ],
  });
  const loop = draft.add('eachPerson', 'logic.forEach', 'For each person', { items: `nodes.${extract.id}.people` });
  draft.branch(loop, 'each', () => {
    drawEmail(draft, clause);
    const email = draft.nodes.at(-1);
    if (before.written && email) email.parameters.body = `${String(email.parameters.body)}\n\n---\n\n${source}`;
  });
  draft.tails = [{ source: loop.id, branch: 'done' }];
  draft.facts = before;
}

export const messagingRecognisers: readonly Recogniser[] = [
  {
    id: 'autoReply',
    pattern:
      /\bauto(?:matic)?[- ]?(?:reply|answer)|\bpolite (?:auto )?(?:reply|answer)|\bhöfliche antwort|\bréponse (?:polie|automatique)/iu,
    draw: drawReply,
    query: 'AI write an answer',
  },
  {
    id: 'gather',
    pattern:
      /^\W*(?:gather|collect|wait for)\b(?!.*\b(?:rows?|report|payment|money|webhook|sheets?|spreadsheet|excel|airtable|database|postgres|mysql|api|crm|s3)\b)(?:.*\b(?:answers?|replies|responses|updates)\b)?|\b(?:sammle|einsammeln)\b.*antwort|\brecueill\w+/iu,
    draw: drawGathering,
    query: 'wait and read Slack replies',
  },
  {
    id: 'actionItems',
    pattern: /\baction items?\b.*\bto\b/iu,
    draw: drawActionItems,
    query: 'extract action items and email each person',
  },
  {
    id: 'slack',
    pattern: /\bslack\b|(?:^|\s)#[a-z][\w-]*\b/iu,
    draw(draft, clause) {
      if (question(clause)) {
        postQuestion(draft, clause, channelOf(clause, '#team'));
        return;
      }
      const channel = channelOf(clause, '#general');
      const changelog = /\bchangelog|release notes\b/iu.test(clause);
      if (changelog) {
        draft.add('writeChangelog', 'ai.generate', 'Write the changelog', {
          instructions: 'Write a short changelog for colleagues from the title and description of the pull request.',
          input: draft.facts.triggerType === 'trigger.webhook' ? '{{ toJson(trigger.body) }}' : draft.facts.text,
        });
      }
      draft.add('notifySlack', 'action.slack', labelFrom(clause, `Post to ${channel}`), {
        operation: 'post',
        channel: changelog && channel === '#general' ? '#releases' : channel,
        text: draft.facts.message(),
      });
    },
    query: 'post a Slack message',
  },
  {
    id: 'teams',
    pattern: /\bteams\b/iu,
    draw(draft, clause) {
      const role = /\b(?:notify|tell|inform|alert|message)\s+(?:the\s+)?([\p{L}-]+)/iu.exec(clause)?.[1]?.toLowerCase();
      const to =
        role && !/^(?:in|on|by|me|us|teams)$/u.test(role)
          ? `{{ settings.${role.replaceAll('-', '')}Teams }}`
          : 'Operations / General';
      draft.add('notifyTeams', 'action.teams', labelFrom(clause, 'Post to Teams'), { to, text: draft.facts.message() });
    },
    query: 'Teams message',
  },
  {
    id: 'telegram',
    pattern: /\btelegram\b/iu,
    draw(draft, clause) {
      draft.add('notifyTelegram', 'action.telegram', labelFrom(clause, 'Send a Telegram message'), {
        chat: /@[\w-]+/u.exec(clause)?.[0] ?? '{{ settings.telegramChat }}',
        text: draft.facts.message(),
      });
    },
    query: 'Telegram message',
  },
  {
    id: 'sms',
    pattern:
      /\bsms\b|\btext (?:me|him|her|them|the|message)\b|\b(?:page|pager|call out)\b.*\bon-?call\b|\bpage on-call\b|\btexto\b/iu,
    draw(draft, clause) {
      const onCall = /on-?call|page/iu.test(clause);
      draft.add(onCall ? 'pageOnCall' : 'sendSms', 'action.sms', labelFrom(clause, 'Send an SMS'), {
        to:
          /\+\d[\d\s]{6,}\d/u.exec(clause)?.[0]?.replaceAll(/\s/gu, '') ??
          `{{ settings.${onCall ? 'onCall' : 'recipient'}Phone }}`,
        text: draft.facts.message(),
      });
    },
    query: 'SMS text message',
  },
  {
    id: 'calendar',
    pattern:
      /\bcalendar\b|\b(?:book|booking|schedule|set up|plan)\s+(?:a |an |the )?(?:call|meeting|demo|appointment|interview)|\bkalender\b|\btermin\b|\bcalendrier\b|\brendez-vous\b/iu,
    draw(draft, clause) {
      draft.add('bookCall', 'action.calendar', labelFrom(clause.replace(/^\W*booking\b/iu, 'Book'), 'Book a meeting'), {
        operation: 'create',
        title: `Call with {{ ${draft.facts.field('name')} }}`,
        duration: readDuration(clause) ?? '30m',
        attendees: draft.facts.person,
      });
    },
    query: 'calendar meeting',
  },
  {
    id: 'respond',
    pattern:
      /\b(?:answer|reply to|respond to|return|tell) (?:to )?the (?:caller|webhook|request)|\brespond with\b|\breturn (?:the|a|an)\b|antworte dem aufrufer|réponds? à l'appelant/iu,
    draw(draft, clause) {
      draft.add('answer', 'logic.respond', labelFrom(clause, 'Answer the caller'), {
        status: 200,
        body: { result: draft.facts.written ? draft.facts.text : 'done' },
      });
    },
    query: 'answer the caller',
  },
  {
    id: 'email',
    pattern:
      /\be-?mails?\b|\bmails?\b|\bcourriels?\b|\breport\b.*\bsent\b|\bsend\b.*\b(?:report|newsletter|reminder|invitation|offer|welcome|digest)\b|\bauto-?reply\b|\b(?:forward|send|leite\w*|schick\w*|envoie\w*|transfère\w*)\b.*@[\w-]+\.\w|^\W*(?:remind|erinnere|rappelle)\b|\boffer\b.*\b(?:%|off|discount)|\bnewsletter\b/iu,
    draw: drawEmail,
    query: 'send email',
  },
];

/** Recognised only when nothing more precise is. */
export const vagueMessagingRecognisers: readonly Recogniser[] = [
  {
    id: 'notify',
    pattern:
      /\b(?:notify|alert|inform|tell|let (?:me|us|them) know|send me|ping|benachrichtige|informiere|sag(?:e)? mir|préviens|avertis|informe)\b/iu,
    draw: drawEmail,
    query: 'send email',
  },
  {
    id: 'reply',
    pattern: /\b(?:answer(?:s|ed)?|reply|replies|respond|responds|beantwort\w*|antworte\w*|répond\w*)\b/iu,
    draw: drawReply,
    query: 'AI write an answer',
  },
];
