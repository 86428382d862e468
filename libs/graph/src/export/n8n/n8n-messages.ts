/** Steps that notify people or call business systems, in n8n. */
import { ownValue } from '#libs/contracts';
import { given, listSettings, named, nothing, objectOf, one, type Settings, type Write } from './n8n-step.js';

const SLACK: Write = (values) => {
  const channel = values.text('channel');
  const person = channel.startsWith('@');
  const place: Settings = person
    ? { select: 'user', user: named(channel, 'username') }
    : { select: 'channel', channelId: named(channel) };
  if (values.word('operation') === 'readReplies') {
    const since = `={{ $now.minus({ ${values.duration('since').unit}: ${JSON.stringify(values.duration('since').amount)} } ).toISO() }}`;
    const filters = { oldest: since };
    const where = { resource: 'channel', channelId: named(channel), returnAll: true, filters };
    return one(
      'slack',
      values.has('threadId')
        ? { ...where, operation: 'replies', ts: values.text('threadId') }
        : { ...where, operation: 'history' },
    );
  }
  const thread: Settings = values.has('threadId')
    ? { thread_ts: { replyValues: { thread_ts: values.text('threadId') } } }
    : {};
  return one('slack', {
    resource: 'message',
    operation: 'post',
    ...place,
    text: values.text('text'),
    otherOptions: thread,
  });
};

export const N8N_MESSAGES: Readonly<Record<string, Write>> = {
  'action.slack': (values) => SLACK(values),
  'action.teams': (values) => {
    values.reader.lose(
      'to',
      `n8n finds a team and a channel by their ids; choose "${values.text('to').slice(0, 80)}" there.`,
    );
    return one('microsoftTeams', {
      resource: 'channelMessage',
      operation: 'create',
      teamId: named('', 'list'),
      channelId: named('', 'list'),
      contentType: 'text',
      message: values.text('text'),
      options: {},
    });
  },
  'action.telegram': (values) =>
    one('telegram', {
      resource: 'message',
      operation: 'sendMessage',
      chatId: values.text('chat'),
      text: values.text('text'),
      additionalFields: {
        appendAttribution: false,
        ...(values.has('silent') ? { disable_notification: values.value('silent') } : {}),
      },
    }),
  'action.email': (values) =>
    one('emailSend', {
      resource: 'email',
      operation: 'send',
      fromEmail: values.has('from') ? values.text('from') : '',
      toEmail: values.text('to'),
      subject: values.text('subject'),
      emailFormat: 'text',
      text: values.text('body'),
      options: { appendAttribution: false, ...(values.has('cc') ? { ccEmail: values.text('cc') } : {}) },
    }),
  'action.sms': (values) =>
    one('twilio', {
      resource: 'sms',
      operation: 'send',
      from: '',
      to: values.text('to'),
      message: values.text('text'),
      options: {},
    }),
  'action.calendar': (values) => {
    const operation = values.word('operation');
    const calendar = named('primary', 'id');
    if (operation === 'findSlot') return nothing(values, 'n8n does not look for a free time.');
    if (operation === 'list')
      return one('googleCalendar', {
        resource: 'event',
        operation: 'getAll',
        calendar,
        returnAll: true,
        ...(values.has('start') ? { timeMin: values.value('start') } : {}),
      });
    if (operation === 'cancel')
      return one('googleCalendar', {
        resource: 'event',
        operation: 'delete',
        calendar,
        eventId: values.text('eventId'),
      });
    const { amount, unit } = values.duration('duration');
    const start = values.has('start') ? values.code('start') : '$now';
    if (!values.has('start'))
      values.reader.lose('start', 'n8n does not look for the next free time; the event begins at once.');
    const people: Settings = values.has('attendees') ? { attendees: [values.text('attendees')] } : {};
    return one('googleCalendar', {
      resource: 'event',
      operation: 'create',
      calendar,
      start: `={{ ${start} }}`,
      end: `={{ DateTime.fromJSDate(new Date(${start})).plus({ ${unit}: ${JSON.stringify(amount)} } ) }}`,
      additionalFields: { summary: values.text('title'), ...people },
    });
  },

  'action.crm': (values) => {
    if (values.word('service') !== 'hubspot') return nothing(values, 'Only HubSpot is exported as a step of its own.');
    const record = values.word('record');
    const fields = objectOf(values, 'fields');
    const { email, ...others } = fields;
    if (values.word('operation') !== 'upsert' || record !== 'contact' || typeof email !== 'string')
      return nothing(values, 'Of HubSpot only the upsert of a contact with an email is exported.');
    const properties = Object.entries(others).map(([property, value]) => ({ property, value }));
    return one('hubspot', {
      resource: 'contact',
      operation: 'upsert',
      authentication: 'appToken',
      email,
      additionalFields: { customPropertiesUi: { customPropertiesValues: properties } },
    });
  },
  'action.githubIssue': (values) => {
    const [owner = '', repository = ''] = values.text('repository').split('/');
    const where = { resource: 'issue', owner: named(owner), repository: named(repository) };
    const operation = values.word('operation');
    if (operation === 'comment')
      return one('github', {
        ...where,
        operation: 'createComment',
        issueNumber: values.value('number'),
        body: values.text('body'),
      });
    if (operation === 'close')
      return one('github', {
        ...where,
        operation: 'edit',
        issueNumber: values.value('number'),
        editFields: { state: 'closed' },
      });
    return one('github', {
      ...where,
      operation: 'create',
      title: values.text('title'),
      body: values.has('body') ? values.text('body') : '',
      labels: values.has('labels') ? listSettings(values.value('labels'), 'label') : [],
      assignees: values.has('assignee') ? [{ assignee: values.text('assignee') }] : [],
    });
  },
  'action.linearIssue': (values) => {
    const priority: Record<string, number> = { none: 0, urgent: 1, high: 2, medium: 3, low: 4 };
    values.reader.lose('team', `n8n finds a team by its id; choose "${values.text('team').slice(0, 80)}" there.`);
    return one('linear', {
      resource: 'issue',
      operation: 'create',
      teamId: '',
      title: values.text('title'),
      additionalFields: {
        ...given(values, { body: 'description' }),
        priorityId: ownValue(priority, values.word('priority')) ?? 0,
      },
    });
  },
  'action.jiraIssue': (values) =>
    one('jira', {
      resource: 'issue',
      operation: 'create',
      project: named(values.text('project'), 'id'),
      issueType: named(values.text('issueType'), 'id'),
      summary: values.text('title'),
      additionalFields: given(values, { body: 'description', labels: 'labels' }),
    }),
  'action.zendeskTicket': (values) => {
    if (values.word('operation') === 'reply') {
      const visible = values.word('public') === 'true';
      return one('zendesk', {
        resource: 'ticket',
        operation: 'update',
        id: values.text('ticketId'),
        updateFields: visible ? { publicReply: values.text('body') } : { internalNote: values.text('body') },
      });
    }
    return one('zendesk', {
      resource: 'ticket',
      operation: 'create',
      description: values.text('body'),
      additionalFields: given(values, { subject: 'subject', tags: 'tags' }),
    });
  },
};
