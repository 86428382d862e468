import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNodeType, lintGraph, type WorkflowGraph } from '#libs/graph';
import { play } from '../../testing/play-run.js';

interface Line {
  prompt: string;
  expects: { trigger?: string; kinds: string[]; follows?: number };
}

const lines: Line[] = readFileSync(new URL('../../../../test/fixtures/prompts.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => JSON.parse(line));

function kindsOf(graph: WorkflowGraph) {
  const types = graph.nodes.map((node) => findNodeType(node.type));
  return {
    trigger: types.find((type) => type?.category === 'trigger')?.kind,
    kinds: types.filter((type) => type?.category !== 'trigger').map((type) => type?.kind),
  };
}

const severe = (graph: WorkflowGraph) => lintGraph(graph).filter((issue) => issue.severity !== 'INFO');

describe('the planner', () => {
  it.each(lines.map((line, index) => ({ ...line, index })))('builds what line $index asks for: $prompt', (line) => {
    const { prompt, expects } = line;
    const before = expects.follows === undefined ? undefined : play(lines[expects.follows]?.prompt ?? '').graph;
    const run = play(prompt, before);
    const { trigger, kinds } = kindsOf(run.graph);
    expect(severe(run.graph)).toEqual([]);
    if (expects.trigger !== undefined && expects.trigger !== 'any') expect(trigger).toBe(expects.trigger);
    expect(kinds).toEqual(expect.arrayContaining(expects.kinds));
    expect(run.failures).toEqual([]);
    expect(run.texts.at(-1)).toMatch(/simulator/);
    if (before !== undefined) {
      const kept = before.nodes.filter((node) => run.graph.nodes.some((other) => other.id === node.id));
      expect(kept.length).toBeGreaterThanOrEqual(before.nodes.length - 1);
    }
  });
});

describe('the planner, told of several things at once', () => {
  it('gives every category all that is said of it, and does for all what is said behind them', () => {
    const run = play(
      'When a ticket arrives, classify it as bug, question or praise: bugs become GitHub issues and page on-call, questions go to #support, praise goes to a Google sheet, and then email me',
    );
    const { edges } = run.graph;
    const routed = edges.filter((edge) => edge.source === 'route').map(({ branch, target }) => `${branch} ${target}`);
    expect(routed).toEqual(['bug openIssue', 'question askTeam', 'praise addRow']);
    const next = edges.filter((edge) => !['start', 'classify', 'route'].includes(edge.source));
    expect(next.map(({ source, target }) => `${source} ${target}`)).toEqual([
      'openIssue pageOnCall',
      'pageOnCall sendEmail',
      'askTeam sendEmail',
      'addRow sendEmail',
    ]);
    expect(run.texts.at(-1)).not.toContain('not in the graph');
  });

  it.each([
    ['When the contact form is submitted, add a row to the Google sheet. ', 'Every Friday at 4 pm email me a summary'],
    ['When an order comes in, post it to #sales and ', 'every Monday send me a report by email'],
    ['When a ticket arrives, classify it: urgent ones go to #ops, the rest to Zendesk, and ', 'every Friday email me'],
    ['Every Monday at 9 read orders from Postgres and email me a report. ', 'Each Friday post to #sales'],
    ['Wenn ein Formular eingeht, schreibe eine Zeile in die Tabelle. ', 'Jeden Freitag schicke mir eine E-Mail'],
  ])('does nothing by the clock in a workflow that starts in another way, and says so: %s%s', (first, second) => {
    const run = play(first + second);
    const labels = run.graph.nodes.map((node) => node.label).join();
    const said = second.charAt(0).toUpperCase() + second.slice(1);
    expect(severe(run.graph)).toEqual([]);
    expect(labels).not.toMatch(/friday|every monday (?!at 9)|freitag/iu);
    expect(run.graph.nodes.length).toBe(play(first).graph.nodes.length);
    expect(run.texts.at(-1)).toContain(`“${said}” is not in the graph: a workflow starts in one way.`);
  });

  it('does at its own time what is asked for at that time again', () => {
    const { graph, texts } = play('Every Monday at 9 read orders from Postgres. Every Monday at 9 email me a report');
    expect(graph.nodes.map((node) => node.type)).toContain('action.email');
    expect(texts.at(-1)).not.toContain('not in the graph');
  });
});

describe('the planner, told when to start', () => {
  const startOf = (prompt: string) => play(prompt).graph.nodes[0]?.parameters.cron;

  it.each([
    ['On the 15th of each month at 10am email hr@acme.io', '0 10 15 * *'],
    ['Am 15. jedes Monats eine E-Mail an hr@firma.de', '0 8 15 * *'],
    ['Le 1 de chaque mois, envoie un rapport à cfo@acme.fr', '0 8 1 * *'],
    ['Twice a day post the weather to #office', '0 9,17 * * *'],
    ['Every 120 minutes post to #team', '0 */2 * * *'],
    ['Every quarter email a report to cfo@acme.io', '0 8 1 */3 *'],
    ['Every year email a report to cfo@acme.io', '0 8 1 1 *'],
    ['Every Monday, Wednesday and Friday at 7:15 post to #team', '15 7 * * 1,3,5'],
    ['Jeden Dienstag und Donnerstag um 9 Uhr Nachricht an #team', '0 9 * * 2,4'],
    ['Monday to Friday at 9 post to #team', '0 9 * * 1-5'],
    ['Du lundi au vendredi à 8 h, envoie un rapport à cfo@acme.fr', '0 8 * * 1-5'],
  ])('writes a recurring time as cron: %s', (prompt, cron) => {
    expect(startOf(prompt)).toBe(cron);
  });

  it.each([
    ['On the last day of each month', ' email a report from Postgres to cfo@acme.io'],
    ['Every other Tuesday at 10', ' post a reminder to #team'],
    ['Every two weeks on Friday', ' post a reminder to #team'],
    ['Every first Monday of the month', ', post a reminder to #team'],
    ['Every 90 minutes', ' post a reminder to #team'],
    ['Every 48 hours', ' post a reminder to #team'],
    ['Jeden zweiten Freitag um 16 Uhr', ' eine Nachricht an #team'],
  ])('says that no schedule can say it, and claims no other time: %s', (time, action) => {
    const run = play(`${time}${action}`);
    expect(run.graph.nodes[0]?.type).toBe('trigger.manual');
    expect(run.graph.nodes[1]?.label).not.toMatch(/tuesday|weeks|last day|monday|freitag/iu);
    expect(run.texts.at(-1)).toContain(`“${time}” is not in the graph: no schedule can say it`);
    expect(severe(run.graph)).toEqual([]);
  });

  it.each([
    ['Move it from Monday to Tuesday', '0 9 * * 2'],
    ['Make it run on Monday and Thursday at 10', '0 10 * * 1,4'],
  ])('moves a schedule to the days that are meant: %s', (prompt, cron) => {
    const { graph } = play(prompt, play('Every Monday at 9 post to #team').graph);
    expect(graph.nodes[0]?.parameters.cron).toBe(cron);
  });

  it.each<[string, string[]]>([
    [
      'Send me an SMS when a Shopify order arrives, then post it to #sales',
      ['trigger.webhook', 'action.sms', 'action.slack'],
    ],
    ['Email me when a form is submitted', ['trigger.form', 'action.email']],
    ['Post to #sales when a deal is won and email the CFO', ['trigger.webhook', 'action.slack', 'action.email']],
    ['When someone cancels their subscription ask them why by email', ['trigger.webhook', 'action.email']],
    [
      'Hey so whenever somebody buys on our Shopify store i want them to get a mail',
      ['trigger.webhook', 'action.email'],
    ],
  ])('tells what starts it from what is done then: %s', (prompt, expected) => {
    const { graph } = play(prompt);
    expect(new Set(graph.nodes.map(({ type }) => type))).toEqual(new Set(expected));
    expect(graph.nodes[0]?.label).not.toMatch(/sales|cfo|mail/iu);
    expect(severe(graph)).toEqual([]);
  });

  it('starts with what is named as new', () => {
    const { graph } = play('New invoice > 10k: the CFO must approve; if rejected email the requester');
    expect(graph.nodes[0]?.type).toBe('trigger.webhook');
    expect(graph.nodes[1]?.parameters.condition).toBe('trigger.body.value > 10000');
    expect(play('New workflow: email me').graph.nodes[0]?.type).toBe('trigger.manual');
  });

  it('listens to labels of issues where issues get one, and of pull requests where these do', () => {
    const events = (what: string) =>
      play(`When a GitHub ${what} gets a label, post to #ops`).graph.nodes[0]?.parameters.events;
    expect(events('issue')).toEqual(['issues.labeled']);
    expect(events('pull request')).toEqual(['pull_request.labeled']);
  });

  it('leaves a schedule as it is when it is asked for a time that no schedule can say', () => {
    const { graph } = play('Every day at 9 post to #team');
    expect(play('Make it run every other Tuesday instead', graph).graph).toEqual(graph);
  });

  it.each([
    ['When a form is submitted or a GitHub issue is opened, post to #ops', 'A GitHub issue is opened', 'form'],
    ['When an email or a form comes in, post to #ops', 'A form comes in', 'email'],
    ['When a file lands in Dropbox or an email with a file arrives, post to #ops', 'An email with a file', 'file'],
    ['Wenn ein Formular eingeht oder eine E-Mail ankommt, Nachricht an #ops', 'Eine E-Mail ankommt', 'form'],
  ])('starts with the first of two events, and says so of the second: %s', (prompt, second, start) => {
    const run = play(prompt);
    expect(run.graph.nodes.map(({ type }) => type)).toEqual([`trigger.${start}`, 'action.slack']);
    expect(run.texts.at(-1)).toContain(`“${second}`);
    expect(run.texts.at(-1)).toContain('a workflow starts in one way');
  });
});

describe('the planner, told what hangs on an approval', () => {
  const behind = (prompt: string) => {
    const run = play(prompt);
    expect(severe(run.graph)).toEqual([]);
    const typeOf = new Map(run.graph.nodes.map(({ id, type }) => [id, type]));
    return run.graph.edges
      .filter(({ source }) => typeOf.get(source) === 'logic.approval')
      .map(({ branch, target }) => `${branch} ${typeOf.get(target)}`);
  };

  it.each([
    'When a form is submitted, ask legal to approve. If approved, post to #legal, if rejected, email the customer',
    'When a form is submitted, ask legal to approve it; if they reject it email the customer; otherwise post to #legal',
    'When a form is submitted, ask legal to approve and then post to #legal. If they do not approve it, email the customer.',
    'Wenn ein Formular eingeht, muss der Chef freigeben. Bei Ablehnung E-Mail an den Kunden, sonst Nachricht an #legal',
    "Quand un formulaire arrive, demande l'approbation du chef. Si elle est refusée, envoie un e-mail au client, sinon écris dans #legal",
  ])('does for a no what is asked for then, and the other for a yes: %s', (prompt) => {
    expect(behind(prompt).toSorted()).toEqual(['approved action.slack', 'rejected action.email']);
  });

  it.each(['email the customer after my approval', 'ask legal for approval and then email the customer'])(
    'does only after a yes what is to wait for it: %s',
    (words) => {
      expect(behind(`When a form is submitted, ${words}`)).toEqual(['approved action.email']);
    },
  );
});

describe('the planner, told conditions', () => {
  it.each([
    ['if they did not reply within 2 days email me', '!trigger.body.replied', 'action.email'],
    ['if the amount is over 300 also let me know on Slack', 'trigger.body.amount > 300', 'action.slack'],
    ['if the amount is over 300 charge the customer', 'trigger.body.amount > 300', 'action.stripeCharge'],
  ])('ends the condition where the action begins: %s', (words, condition, action) => {
    const { graph } = play(`When an order comes in, ${words}`);
    const [, check, step] = graph.nodes;
    expect(check?.parameters.condition).toBe(condition);
    expect(step?.type).toBe(action);
  });

  it('ends a condition on the items of a loop where the action begins', () => {
    const { graph } = play('Every hour call our API, for each order above 100 send an SMS, then post to #sales');
    expect(graph.nodes.map(({ type }) => type).slice(2)).toEqual([
      'logic.forEach',
      'logic.if',
      'action.sms',
      'action.slack',
    ]);
  });

  it.each([
    ['if it does not return 200', 'nodes.callCheck.status != 200'],
    ['if it answers with 500', 'nodes.callCheck.status == 500'],
  ])('only looks at an address that is to be checked, and at how it answers: %s', (words, condition) => {
    const { graph } = play(`Every 15 minutes check https://acme.io/health; ${words}, post to #ops`);
    expect(graph.nodes.find(({ type }) => type === 'action.http')?.parameters.method).toBe('GET');
    expect(graph.nodes.find(({ type }) => type === 'logic.if')?.parameters.condition).toBe(condition);
  });

  it('does nothing otherwise where there is no condition, and says so', () => {
    const run = play('When a review arrives, open a Zendesk ticket; otherwise email the customer');
    expect(run.graph.nodes.map(({ type }) => type)).toEqual(['trigger.webhook', 'action.zendeskTicket']);
    expect(run.texts.at(-1)).toContain('“Otherwise email the customer” is not in the graph');
  });

  it('handles a failure however it is put, and names what it cannot do then', () => {
    const run = play('Every hour post to #a. If sending fails, retry 3 times and then notify ops@acme.io');
    expect(run.graph.nodes.map(({ type }) => type)).toEqual([
      'trigger.schedule',
      'action.slack',
      'logic.errorHandler',
      'action.email',
    ]);
    expect(run.texts.at(-1)).toContain('“Retry 3 times” is not in the graph');
  });

  it('says so when it found nothing to do behind a decision', () => {
    const run = play('When a ticket arrives, if the customer is happy dance');
    expect(severe(run.graph)).toEqual([]);
    expect(run.texts.at(-1)).toMatch(/I found nothing to do behind “true” of “.+”, so the workflow ends there\./u);
  });
});

describe('the planner, given other prompts', () => {
  it.each([
    [
      'Every weekday at 7:30 summarise unread support tickets from Zendesk and post them to #support',
      'schedule',
      ['ai', 'slack'],
    ],
    ['When a new customer signs up, wait 3 days, then email them a survey', 'webhook', ['wait', 'email']],
    [
      'Wenn eine Rechnung als PDF hochgeladen wird, extrahiere Betrag und Datum und schreibe sie in eine Google Tabelle',
      'file',
      ['ai', 'sheet'],
    ],
    [
      'Jeden Montag um 9 Uhr Bestellungen aus Postgres lesen, zusammenfassen und per E-Mail an chef@firma.de senden',
      'schedule',
      ['database', 'ai', 'email'],
    ],
    [
      'Chaque lundi à 8 h, résume les commandes de la base de données et envoie le résumé par e-mail à ventes@acme.fr',
      'schedule',
      ['ai', 'email'],
    ],
    ['Send me an SMS when a Shopify order is over $500', 'webhook', ['if', 'sms']],
    [
      'When an order over €200 comes in, ask the manager to approve and then charge the customer. Otherwise charge the customer directly.',
      'webhook',
      ['if', 'approval', 'payment'],
    ],
    ['For each row in our Google Sheet send an email, every day at 6 pm', 'schedule', ['forEach', 'email']],
    ['When someone mentions our bot in Slack, answer the question with AI and reply in the thread', 'chat', ['ai']],
    ['new jira issue → classify as bug, feature or question → post to #triage', 'webhook', ['ai', 'slack']],
    [
      'Every night copy new rows from MySQL to Google Sheets. If anything fails, send an email to ops@acme.io',
      'schedule',
      ['database', 'sheet', 'errorHandler', 'email'],
    ],
    ['When a GitHub issue is opened, translate it into English and create a Jira issue', 'webhook', ['ai', 'issue']],
    [
      'When a file is uploaded to Dropbox, post to Slack and add a row to Excel at the same time, then send an email to boss@acme.io',
      'file',
      ['slack', 'sheet', 'merge', 'email'],
    ],
    [
      'If a customer cancels their subscription, refund the last payment, tell #churn in Slack and add the customer to HubSpot',
      'webhook',
      ['payment', 'slack', 'crm'],
    ],
    [
      'When the contact form is submitted, classify the sentiment; if it is negative notify the manager by email, otherwise add a row to a spreadsheet',
      'form',
      ['ai', 'if', 'email', 'sheet'],
    ],
    [
      'Call https://api.acme.io/health every 5 minutes and page on-call if the status is down',
      'schedule',
      ['http', 'if', 'sms'],
    ],
    ['When a row is added to the orders table in Postgres, create a calendar event', 'database', ['calendar']],
    ['asdf qwer zxcv', 'manual', ['ai']],
    ['🤖🤖🤖', 'manual', ['ai']],
    ['{{ trigger.hack }} YOUR_API_KEY <script>', 'manual', ['ai']],
    ['water my plants when the soil is dry', undefined, []],
    ['I need a workflow', 'manual', ['ai']],
    [
      'When a Calendly meeting is booked create a Notion page, a Google Doc and a Linear issue',
      'webhook',
      ['document', 'issue'],
    ],
    ['x'.repeat(16_000), 'manual', ['ai']],
  ] as const)('builds something that passes the linter: %s', (prompt, trigger, kinds) => {
    const run = play(prompt);
    const found = kindsOf(run.graph);
    expect(severe(run.graph)).toEqual([]);
    if (trigger !== undefined) expect(found.trigger).toBe(trigger);
    expect(found.kinds).toEqual(expect.arrayContaining([...kinds]));
    expect(run.graph.nodes.length).toBeGreaterThanOrEqual(2);
  });

  it('says plainly that it did not understand nonsense', () => {
    expect(play('asdf qwer zxcv').texts.at(-1)).toMatch(/did not recognise/);
  });
});

const orders =
  "Every Monday at 8, pull last week's orders from Postgres, summarise them with AI and email the summary to sales@acme.io.";
const payments = lines[0]?.prompt ?? '';

describe('the planner, given a follow-up', () => {
  const types = (graph: WorkflowGraph) => graph.nodes.map((node) => node.type);
  const node = (graph: WorkflowGraph, type: string) => graph.nodes.find((candidate) => candidate.type === type);

  it.each<[string, string, (after: WorkflowGraph, before: WorkflowGraph) => void]>([
    [payments, 'Post to #ops instead', (after) => expect(node(after, 'action.slack')?.parameters.channel).toBe('#ops')],
    [
      orders,
      'Run it every hour instead',
      (after) => expect(node(after, 'trigger.schedule')?.parameters.cron).toBe('0 * * * *'),
    ],
    [
      orders,
      'Send it to boss@acme.io instead',
      (after) => expect(node(after, 'action.email')?.parameters.to).toBe('boss@acme.io'),
    ],
    [
      payments,
      'Raise the threshold to 2,500',
      (after) => expect(node(after, 'logic.if')?.parameters.condition).toBe('trigger.body.monthlyAmount > 2500'),
    ],
    [
      orders,
      'Rename the email step to "Tell sales"',
      (after) => expect(node(after, 'action.email')?.label).toBe('Tell sales'),
    ],
    [orders, 'Remove the summary', (after) => expect(types(after)).not.toContain('ai.summarise')],
    [orders, 'Remove the email', (after) => expect(types(after)).not.toContain('action.email')],
    [payments, 'Remove the condition', (after) => expect(types(after)).not.toContain('logic.if')],
    [
      orders,
      'Replace the email with a Slack message to #sales',
      (after) => {
        expect(types(after)).toContain('action.slack');
        expect(types(after)).not.toContain('action.email');
      },
    ],
    [
      'Every day at 9, post a reminder to #team in Slack',
      'Replace the Slack message with a Slack message to #sales',
      (after) => expect(node(after, 'action.slack')?.parameters.channel).toBe('#sales'),
    ],
    [
      'Every day at 9, post a reminder to #team in Slack',
      'Remove the Slack message and email sales@acme.io',
      (after) => expect(types(after)).toEqual(['trigger.schedule', 'action.email']),
    ],
    [
      payments,
      'Use Teams instead of Slack',
      (after) => {
        expect(types(after)).toContain('action.teams');
        expect(types(after)).not.toContain('action.slack');
      },
    ],
    [
      orders,
      'Also post the summary to #sales in Slack',
      (after) => expect(node(after, 'action.slack')?.parameters.text).toContain('nodes.summarise.summary'),
    ],
    [
      orders,
      'Add a translation into French after the summary',
      (after) =>
        expect(after.edges).toEqual(
          expect.arrayContaining([expect.objectContaining({ source: 'summarise', target: 'translate' })]),
        ),
    ],
    [
      orders,
      'Wait two hours before the email',
      (after) => expect(node(after, 'logic.wait')?.parameters.duration).toBe('2h'),
    ],
    [
      orders,
      'If something fails, page on-call',
      (after) => expect(types(after)).toEqual(expect.arrayContaining(['logic.errorHandler', 'action.sms'])),
    ],
    [orders, 'Add error handling', (after) => expect(types(after)).toContain('logic.errorHandler')],
    [
      orders,
      'Only send the email if the total is over 500',
      (after) => expect(node(after, 'logic.if')?.parameters.condition).toMatch(/ > 500$/),
    ],
    [
      'Every Friday at 17:00, if fewer than 40 hours are logged, email the team lead',
      'Make it Thursday at 4pm',
      (after) => {
        expect(node(after, 'trigger.schedule')?.parameters.cron).toBe('0 16 * * 4');
        expect(node(after, 'logic.if')?.parameters.condition).toBe('trigger.hours < 40');
      },
    ],
    [orders, 'Make it 7:30', (after) => expect(node(after, 'trigger.schedule')?.parameters.cron).toBe('30 7 * * 1')],
    [orders, 'Entferne die E-Mail', (after) => expect(types(after)).not.toContain('action.email')],
    [
      'When an order arrives by webhook, email the customer and post to #orders in Slack',
      'Only do this on weekdays',
      (after) => {
        expect(types(after)).toContain('trigger.webhook');
        expect(node(after, 'logic.if')?.parameters.condition).toContain('Saturday');
      },
    ],
    [
      orders,
      'Send Anna a Slack DM too',
      (after) => expect(node(after, 'action.slack')?.parameters.channel).toBe('@anna'),
    ],
    [
      'When an order arrives by webhook, check stock in Postgres and notify the warehouse',
      'Add a 10 minute wait before notifying the warehouse',
      (after) => expect(node(after, 'logic.wait')?.parameters.duration).toBe('10m'),
    ],
    [
      'Every day read orders from Postgres and for each order email the customer',
      'Remove the loop',
      (after) => {
        expect(types(after)).not.toContain('logic.forEach');
        expect(JSON.stringify(after.nodes)).not.toMatch(/\bitem\./);
      },
    ],
    [
      payments,
      'Start it every day at 9 instead',
      (after) => expect(node(after, 'trigger.schedule')?.parameters.cron).toBe('0 9 * * *'),
    ],
  ])('edits “%s” as asked: %s', (first, second, check) => {
    const before = play(first).graph;
    const run = play(second, before);
    expect(severe(run.graph)).toEqual([]);
    expect(run.failures).toEqual([]);
    check(run.graph, before);
    expect(run.graph).not.toEqual(before);
    expect(
      run.graph.nodes.filter(({ id }) => before.nodes.some((other) => other.id === id)).length,
    ).toBeGreaterThanOrEqual(before.nodes.length - 1);
  });

  it('puts the approval between the predecessor and the email', () => {
    const { graph } = play('Add a step before the email that waits for approval.', play(orders).graph);
    const joined = graph.edges.map(({ source, target, branch }) => [source, branch ?? null, target]);
    expect(joined).toContainEqual(['summarise', null, 'approval']);
    expect(joined).toContainEqual(['approval', 'approved', 'sendEmail']);
    expect(joined).not.toContainEqual(['summarise', null, 'sendEmail']);
  });

  const joins = (graph: WorkflowGraph) =>
    graph.edges.map(({ source, target, branch }) => `${source}${branch ? ` ${branch}` : ''} > ${target}`).toSorted();

  it.each<[string, string, string[]]>([
    [
      'Move the email before the Slack message',
      'When a form is submitted, post to #a, open a Linear ticket and email me',
      ['notifySlack > openTicket', 'sendEmail > notifySlack', 'start > sendEmail'],
    ],
    [
      'put the Slack message after the email',
      'When a form is submitted, post to #a, open a Linear ticket and email me',
      ['openTicket > sendEmail', 'sendEmail > notifySlack', 'start > openTicket'],
    ],
    [
      'verschiebe die SMS vor die E-Mail',
      'When a form is submitted, post to #a, email me and send an SMS',
      ['notifySlack > sendSms', 'sendSms > sendEmail', 'start > notifySlack'],
    ],
    [
      'move the approval before the email',
      'When a form is submitted, ask legal to approve and then post to #legal and email me',
      ['approval approved > sendEmail', 'notifySlack > approval', 'start > notifySlack'],
    ],
  ])('moves the step that is there: %s', (prompt, first, expected) => {
    const before = play(first).graph;
    const run = play(prompt, before);
    expect(joins(run.graph)).toEqual(expected);
    expect(run.graph.nodes.map(({ id }) => id).toSorted()).toEqual(before.nodes.map(({ id }) => id).toSorted());
    expect(run.texts.at(-1)).toContain('now stands');
    expect(severe(run.graph)).toEqual([]);
  });

  it('lets a step that was moved read only from what now comes before it', () => {
    const run = play('move the email before the summary', play(orders).graph, { maxCorrections: 3 });
    expect(run.graph.nodes.find(({ id }) => id === 'sendEmail')?.parameters.body).not.toContain('nodes.summarise');
    expect(run.texts.filter((text) => text.startsWith('The check found'))).toEqual([]);
    expect(severe(run.graph)).toEqual([]);
  });

  it.each(['Move the email up', 'move the Slack message before the Slack message', 'move the condition after the SMS'])(
    'moves nothing and adds nothing when it does not know where to: %s',
    (prompt) => {
      const before = play(
        'When a form is submitted, post to #a. If the amount is over 5 email me, otherwise send an SMS.',
      ).graph;
      const run = play(prompt, before);
      expect(run.graph).toEqual(before);
      expect(run.texts.at(-1)).toContain('I did not understand what to change');
    },
  );

  it('adds the summary that it is asked for', () => {
    const { graph } = play('Put an AI summary before the email', play('When a form is submitted, email me').graph);
    expect(joins(graph)).toEqual(['start > summarise', 'summarise > sendEmail']);
  });

  it('draws anew when it is asked to start again', () => {
    const before = play(orders).graph;
    const run = play('Delete everything and start again with a daily report from MySQL by email', before);
    expect(types(run.graph)).toEqual(['trigger.schedule', 'action.database', 'action.email']);
    expect(run.graph.nodes.filter(({ id }) => before.nodes.some((other) => other.id === id))).toEqual([]);
    expect(severe(run.graph)).toEqual([]);
  });

  it('keeps what a no alone led to when the decision is removed', () => {
    const before = play('otherwise slack when when').graph;
    expect(before.edges).toContainEqual(expect.objectContaining({ source: 'check', branch: 'false' }));
    const run = play('Remove the condition', before, { maxCorrections: 3 });
    expect(types(run.graph)).toEqual(['trigger.manual', 'action.slack']);
    expect(run.texts.filter((text) => text.startsWith('The check found'))).toEqual([]);
  });

  it('takes what only the no led to away together with the decision', () => {
    const before = play(
      'When a form is submitted, if the amount is over 500 email the CFO, otherwise post to Slack.',
    ).graph;
    const run = play('Remove the condition', before, { maxCorrections: 3 });
    expect(types(run.graph)).toEqual(['trigger.form', 'action.email']);
    expect(run.texts.filter((text) => text.startsWith('The check found'))).toEqual([]);
  });

  it('leaves the graph as it is and says what it can do when it does not understand', () => {
    const before = play(orders).graph;
    const run = play('make it pop', before);
    expect(run.graph).toEqual(before);
    expect(run.texts.at(-1)).toMatch(/I can add a step/);
  });
});

describe('the planner, where words are easily lost', () => {
  const types = (graph: WorkflowGraph) => graph.nodes.map(({ type }) => type);

  it.each<[string, string[]]>([
    [
      'When a WhatsApp message arrives, translate it into English and forward it to support@acme.io',
      ['trigger.chat', 'ai.translate', 'action.email'],
    ],
    [
      'When a lead comes in with a score above 70 assign it to Anna, otherwise to Ben',
      ['trigger.webhook', 'logic.if', 'action.crm', 'action.crm'],
    ],
    [
      'Every Friday collect time sheets from Google Sheets and email them to payroll@acme.io',
      ['trigger.schedule', 'action.sheet', 'action.email'],
    ],
    [
      'When a support email arrives, classify it as bug, billing or question. Bugs become GitHub issues, billing goes to Zendesk, questions are answered with AI.',
      [
        'trigger.email',
        'ai.classify',
        'logic.switch',
        'action.githubIssue',
        'action.zendeskTicket',
        'ai.generate',
        'action.email',
      ],
    ],
    ['When a blog post is published, post it to #news in Slack', ['trigger.webhook', 'action.slack']],
  ])('draws all of “%s”', (prompt, expected) => {
    const { graph } = play(prompt);
    expect(types(graph)).toEqual(expected);
    expect(severe(graph)).toEqual([]);
  });

  it.each<[string, string[], string[]]>([
    [
      'Praise: like and save to Notion. Bug: open a GitHub issue and alert #dev. Spam: ignore.',
      ['praise writePage', 'bug openIssue'],
      ['Praise: like'],
    ],
    [
      'Bug: GitHub issue, praise: forward to boss@acme.io, spam: shred it',
      ['bug openIssue', 'praise sendEmail'],
      ['Spam: shred it'],
    ],
    [
      'Bug → page on-call. Spam: ignore. The rest goes to the sheet.',
      ['bug pageOnCall', 'spam end', 'default addRow'],
      [],
    ],
  ])('keeps each category to its own words: %s', (words, routes, unknown) => {
    const run = play(
      `When a message arrives, classify it as praise, bug or spam${words.includes('. ') ? '. ' : ': '}${words}`,
    );
    const routed = run.graph.edges.filter(({ source }) => source === 'route');
    expect(routed.map(({ branch, target }) => `${branch} ${target}`)).toEqual(routes);
    for (const said of unknown) expect(run.texts.at(-1)).toContain(`“${said}” is not in the graph`);
    expect(severe(run.graph)).toEqual([]);
  });

  it('sorts into what it is told to sort into', () => {
    const { graph } = play('When an email arrives, sort it into urgent, normal and junk. Urgent → page on-call.');
    expect(graph.nodes[1]).toMatchObject({
      type: 'ai.classify',
      parameters: { categories: ['urgent', 'normal', 'junk'] },
    });
  });

  it.each([
    [
      '1) write an offer 2) email it to the customer 3) post to #sales',
      ['ai.generate', 'action.email', 'action.slack'],
    ],
    ['- email the customer\n- post to #sales', ['action.email', 'action.slack']],
  ])('draws a step for each line of a list: %s', (list, expected) => {
    const { graph } = play(`When an order is paid: ${list}`);
    expect(types(graph).slice(1)).toEqual(expected);
    expect(graph.nodes.map(({ label }) => label).join()).not.toMatch(/\d\)|- /u);
  });

  it('waits as long as it says, also when that is longer still', () => {
    const { graph } = play('When a customer signs up, wait 3 days, email them, wait 4 more days, then email me');
    const waits = graph.nodes.filter(({ type }) => type === 'logic.wait');
    expect(waits.map(({ parameters }) => parameters.duration)).toEqual(['3d', '4d']);
  });

  it('opens no ticket where tickets are to be read', () => {
    const run = play(
      'Every weekday at 8 get the open tickets from Zendesk, group them by agent and post them to #team',
    );
    expect(types(run.graph)).toEqual(['trigger.schedule', 'action.http', 'action.slack']);
    expect(run.texts.at(-1)).toContain('“Group them by agent” is not in the graph');
  });

  it('names a category that it left out', () => {
    const run = play(
      'When an email arrives, classify it as bug or praise. Bugs become Jira issues, praise makes us dance.',
    );
    expect(run.texts.at(-1)).toContain('“Praise makes us dance” is not in the graph');
  });

  it('names what it left out', () => {
    const run = play('When an order arrives by webhook, check stock and notify the warehouse');
    expect(run.texts.at(-1)).toContain('“Check stock” is not in the graph');
  });

  it('does not call a graph ready that does not pass the check', () => {
    const run = play(orders, undefined, { invalidRounds: 9, maxCorrections: 1 });
    expect(run.texts.at(-1)).toContain('not right yet');
    expect(run.texts.join()).not.toContain('is ready');
  });
});

describe('the planner, given anything at all', () => {
  const words =
    'when if and then otherwise email slack #ops every day 5 $1,000 wait approve for each row postgres api → : ; . , fails between 0.1 before after remove add the it replace with only instead monday loop approval sms teams otherwise start over move reject'.split(
      ' ',
    );

  it('ends with a graph that passes the linter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { maxLength: 40 }),
        fc.array(fc.constantFrom(...words), { maxLength: 12 }),
        (first, second) => {
          const run = play(first.join(' '), undefined, { maxCorrections: 3 });
          expect(severe(run.graph).filter((issue) => issue.severity === 'ERROR')).toEqual([]);
          const after = play(second.join(' '), run.graph, { maxCorrections: 3 });
          // Right at once, not only after the linter has sent it back.
          expect([...run.texts, ...after.texts].filter((text) => text.startsWith('The check found'))).toEqual([]);
          expect(severe(after.graph).filter((issue) => issue.severity === 'ERROR')).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    'if '.repeat(8_000),
    'a, '.repeat(8_000),
    'post to slack and '.repeat(800),
    'for each row '.repeat(800),
    ' '.repeat(16_000),
    'every '.repeat(3_000),
    '1,000'.repeat(3_000),
    `when ${'a '.repeat(7_000)}`,
    'the the the before the '.repeat(600),
    '[[sim:'.repeat(2_000),
    '{{'.repeat(8_000),
    '/'.repeat(16_000),
  ])('plans hostile text in reasonable time', (text) => {
    // Time of this thread alone: a machine that is busy with something else says nothing about a plan.
    const started = process.threadCpuUsage();
    const run = play(text);
    play(text, run.graph);
    const { user, system } = process.threadCpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(10_000);
    expect(lintGraph(run.graph).filter((issue) => issue.severity === 'ERROR')).toEqual([]);
  });
});

describe('the planner, when tools fail', () => {
  it('asks again for what a failed call left out', () => {
    const refused = new Set(['addNodes', 'connectNodes']);
    const run = play(orders, undefined, {
      intercept: (name) => (refused.delete(name) ? 'The input is not valid JSON.' : undefined),
    });
    expect(severe(run.graph)).toEqual([]);
    expect(run.graph.nodes).toHaveLength(4);
  });

  it('comes to an end and says so when nothing ever works', () => {
    const run = play(orders, undefined, { intercept: () => 'Out of order.' });
    expect(run.moves.length).toBeLessThan(45);
    expect(run.graph.nodes).toEqual([]);
  });

  it('never gets its graph right when it is told not to', () => {
    const run = play(orders, undefined, { invalidRounds: Number.POSITIVE_INFINITY, maxCorrections: 3 });
    expect(run.corrections).toBe(3);
    expect(lintGraph(run.graph).some((issue) => issue.severity === 'ERROR')).toBe(true);
  });

  it('gives in when it was asked as often as it was told to wait for', () => {
    for (const invalidRounds of [1, 2]) {
      const run = play(orders, undefined, { invalidRounds, maxCorrections: 3 });
      expect(run.corrections).toBe(invalidRounds);
      expect(severe(run.graph)).toEqual([]);
    }
  });

  it('mends what the linter finds in a graph that was broken before', () => {
    const { graph } = play(orders);
    const broken = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.id === 'sendEmail' ? { ...node, parameters: { subject: 'x' } } : node)),
    };
    const run = play('make it pop', broken, { maxCorrections: 3 });
    expect(severe(run.graph)).toEqual([]);
  });

  it('shows nodes a few at a time, each group connected in the same answer', () => {
    const run = play(payments);
    const adding = run.moves.filter((move) => move.calls.some((call) => call.name === 'addNodes'));
    expect(adding.length).toBeGreaterThanOrEqual(2);
    for (const move of adding) expect(move.calls.map((call) => call.name)).toEqual(['addNodes', 'connectNodes']);
    expect(run.moves[0]?.calls.every((call) => call.name === 'searchNodeTypes')).toBe(true);
    expect(run.moves.at(-2)?.calls).toEqual([{ name: 'validateGraph', arguments: {} }]);
  });
});
