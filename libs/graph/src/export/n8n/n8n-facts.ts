/**
 * Facts about n8n's node types: name, newest version, exported version and the settings of that version. Versions of core
 * nodes are those of n8n 2.40. Versions of nodes for single services and the names of settings come from general knowledge
 * and were not compared with a running n8n. The exported version is one minor version below the newest, so that an n8n some
 * months old can import it; a whole number has no minor version below it.
 */
export interface N8nTypeFacts {
  readonly type: string;
  readonly newest: number;
  readonly written: number;
  readonly settings: readonly string[];
}

function facts(type: string, newest: number, written: number, settings: string): N8nTypeFacts {
  const name = type.includes('.') ? type : `n8n-nodes-base.${type}`;
  return { type: name, newest, written, settings: settings === '' ? [] : settings.split(' ') };
}

export const N8N_TYPES = {
  manualTrigger: facts('manualTrigger', 1, 1, ''),
  scheduleTrigger: facts('scheduleTrigger', 1.4, 1.3, 'rule'),
  webhook: facts('webhook', 2.1, 2, 'httpMethod path authentication responseMode responseData options'),
  formTrigger: facts('formTrigger', 2.6, 2.5, 'formTitle formDescription formFields responseMode options'),
  emailReadImap: facts('emailReadImap', 2.2, 2.1, 'mailbox postProcessAction downloadAttachments format options'),
  rssFeedReadTrigger: facts('rssFeedReadTrigger', 1, 1, 'feedUrl pollTimes'),
  postgresTrigger: facts('postgresTrigger', 1, 1, 'triggerMode schema tableName firesOn additionalFields options'),
  slackTrigger: facts('slackTrigger', 1, 1, 'trigger watchWorkspace channelId options'),
  telegramTrigger: facts('telegramTrigger', 1.2, 1.1, 'updates additionalFields'),
  googleDriveTrigger: facts('googleDriveTrigger', 1, 1, 'pollTimes triggerOn folderToWatch event options'),
  errorTrigger: facts('errorTrigger', 1, 1, ''),
  noOp: facts('noOp', 1, 1, ''),
  if: facts('if', 2.3, 2.2, 'conditions options'),
  switch: facts('switch', 3.4, 3.3, 'mode rules options'),
  filter: facts('filter', 2.3, 2.2, 'conditions options'),
  merge: facts('merge', 3.2, 3.1, 'mode numberInputs options'),
  splitInBatches: facts('splitInBatches', 3, 3, 'batchSize options'),
  wait: facts(
    'wait',
    1.1,
    1,
    'resume amount unit dateTime limitWaitTime limitType resumeAmount resumeUnit httpMethod options',
  ),
  removeDuplicates: facts('removeDuplicates', 2, 2, 'operation logic dedupeValue options'),
  respondToWebhook: facts('respondToWebhook', 1.5, 1.4, 'respondWith responseBody options'),
  stopAndError: facts('stopAndError', 1, 1, 'errorType errorMessage'),
  code: facts('code', 2, 2, 'mode language jsCode pythonCode'),
  set: facts('set', 3.5, 3.4, 'mode jsonOutput includeOtherFields assignments options'),
  httpRequest: facts(
    'httpRequest',
    4.5,
    4.4,
    'method url authentication nodeCredentialType sendQuery specifyQuery jsonQuery sendHeaders specifyHeaders jsonHeaders sendBody contentType specifyBody jsonBody bodyParameters options',
  ),
  postgres: facts('postgres', 2.7, 2.6, 'resource operation query schema table columns where deleteCommand options'),
  mySql: facts('mySql', 2.5, 2.4, 'resource operation query table columns where deleteCommand options dataMode'),
  microsoftSql: facts('microsoftSql', 1.1, 1, 'operation query'),
  openAi: facts(
    '@n8n/n8n-nodes-langchain.openAi',
    2.3,
    2.2,
    'resource operation modelId responses simplify builtInTools options',
  ),
  slack: facts(
    'slack',
    2.7,
    2.6,
    'resource operation select channelId user text messageType ts returnAll limit filters otherOptions',
  ),
  microsoftTeams: facts(
    'microsoftTeams',
    2,
    2,
    'resource operation teamId channelId chatId contentType message options',
  ),
  telegram: facts('telegram', 1.2, 1.1, 'resource operation chatId text additionalFields'),
  gmail: facts('gmail', 2.2, 2.1, 'resource operation sendTo subject message responseType approvalOptions options'),
  emailSend: facts('emailSend', 2.1, 2, 'resource operation fromEmail toEmail subject emailFormat text html options'),
  twilio: facts('twilio', 1, 1, 'resource operation from to message options'),
  googleCalendar: facts(
    'googleCalendar',
    1.3,
    1.2,
    'resource operation calendar start end eventId returnAll limit timeMin timeMax additionalFields options',
  ),
  googleSheets: facts('googleSheets', 4.7, 4.6, 'resource operation documentId sheetName columns options'),
  hubspot: facts('hubspot', 2.2, 2.1, 'resource operation authentication email additionalFields'),
  github: facts(
    'github',
    1.1,
    1,
    'resource operation owner repository title body labels assignees issueNumber editFields',
  ),
  linear: facts('linear', 1.1, 1, 'resource operation teamId title additionalFields'),
  jira: facts('jira', 1, 1, 'resource operation project issueType summary additionalFields'),
  zendesk: facts('zendesk', 1, 1, 'resource operation description id additionalFields updateFields'),
  notion: facts('notion', 2.2, 2.1, 'resource operation pageId blockId title blockUi options'),
  googleDocs: facts('googleDocs', 2, 2, 'operation folderId title documentURL actionsUi'),
  awsS3: facts(
    'awsS3',
    2,
    2,
    'resource operation bucketName fileName fileKey binaryData fileContent binaryPropertyName additionalFields',
  ),
} as const satisfies Record<string, N8nTypeFacts>;

export type N8nTypeName = keyof typeof N8N_TYPES;

/** Maximum inputs of a merge node. */
export const N8N_MERGE_INPUTS = 10;
/** Limits of a node's tries. */
export const N8N_TRIES = { least: 2, most: 5 } as const;

const ALL = '%.all().map((entry) => entry.json)';
const AI_TEXT = 'output[0].content[0].text';

/**
 * Where n8n puts outputs that it names differently: a path inside the item, an expression in which `%` is the node, or
 * `null` where n8n has no equivalent. Outputs with the same name in both are not listed.
 */
export const N8N_OUTPUTS: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  'trigger.manual': { startedBy: null, startedAt: null },
  'trigger.schedule': { scheduledAt: 'timestamp', previousAt: null },
  'trigger.webhook': { event: 'body.event' },
  'trigger.email': { text: 'textPlain', messageId: "metadata['message-id']", attachments: null },
  'trigger.feed': { publishedAt: 'isoDate' },
  'trigger.file': { file: 'id', rows: null, text: null },
  'trigger.database': { row: 'payload', previous: null },
  'trigger.chat': { threadId: 'thread_ts' },
  'logic.if': { result: null },
  'logic.switch': { branch: null },
  'logic.forEach': { results: ALL, count: '%.all().length' },
  'logic.merge': { inputs: ALL },
  'logic.wait': { resumedAt: null },
  'logic.approval': { approved: 'data.approved', by: null, comment: null, at: null },
  'logic.respond': { sentAt: null },
  'action.http': { status: 'statusCode' },
  'action.database': { rows: ALL, count: '%.all().length', file: null },
  'action.sheet': { rows: ALL, rowNumber: 'row_number' },
  'ai.generate': { text: AI_TEXT },
  'ai.classify': { category: AI_TEXT, confidence: null },
  'ai.extract': { '<field>': `JSON.parse(%.first().json.${AI_TEXT}).@` },
  'ai.summarise': { summary: AI_TEXT },
  'ai.translate': { text: AI_TEXT, sourceLanguage: null },
  'action.slack': { threadId: 'message.ts', link: null, replies: ALL },
  'action.teams': { messageId: 'id', link: 'webUrl' },
  'action.telegram': { messageId: 'result.message_id' },
  'action.email': { sentAt: null },
  'action.sms': { messageId: 'sid', parts: 'num_segments' },
  'action.calendar': { eventId: 'id', link: 'htmlLink', start: 'start.dateTime', events: ALL },
  'action.crm': { id: 'vid', record: 'properties', records: ALL, link: null },
  'action.githubIssue': { key: 'number', link: 'html_url' },
  'action.linearIssue': { key: 'identifier', link: 'url' },
  'action.jiraIssue': { link: 'self' },
  'action.zendeskTicket': { ticketId: 'id', link: 'url' },
  'action.stripeCharge': { paymentId: 'body.id', status: 'body.status', receiptUrl: 'body.receipt_url' },
  'action.stripeRefund': { refundId: 'body.id', status: 'body.status' },
  'action.notionPage': { pageId: 'id', link: 'url' },
  'action.googleDoc': { documentId: 'id', link: null },
  'action.s3Upload': { url: 'Location', size: null },
  'action.s3Download': { file: null, rows: null, content: null },
};
