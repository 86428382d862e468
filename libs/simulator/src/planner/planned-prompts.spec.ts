import { describe, expect, it } from 'vitest';
import type { WorkflowGraph } from '#libs/graph';
import { play } from '../../testing/play-run.js';
import { kindsOf, orders, severe } from '../../testing/prompts.js';

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
