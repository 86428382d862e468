import { listSettings, named, nothing, objectOf, one, type Settings, type Write } from './n8n-step.js';

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
};
