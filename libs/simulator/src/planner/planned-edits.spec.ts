import { describe, expect, it } from 'vitest';
import type { WorkflowGraph } from '#libs/graph';
import { play } from '../../testing/play-run.js';
import { orders, payments, severe } from '../../testing/prompts.js';

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
