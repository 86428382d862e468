/** All export formats. Pure: the same workflow gives the same text, and nothing is fetched. */
import type { PortableWorkflow } from '../graph-schema.js';
import { toAsl } from './asl/asl.js';
import { type ExportLoss, LossList } from './export-loss.js';
import { toMermaid } from './mermaid.js';
import { toN8n } from './n8n/n8n.js';
import { toSvg } from './svg.js';
import { toWorkflowFile } from './workflow-file.js';

export interface GraphExport {
  /** Only ASCII letters, digits, `-` and `.`, so that it is safe in a header and on every file system. */
  readonly filename: string;
  readonly mediaType: string;
  readonly content: string;
  /** In the order of the graph; empty when `content` is complete. */
  readonly losses: readonly ExportLoss[];
}

interface Format {
  readonly extension: string;
  readonly mediaType: string;
  readonly write: (workflow: PortableWorkflow, losses: LossList) => string;
}

const FORMATS = {
  json: { extension: 'holdfast.json', mediaType: 'application/json', write: toWorkflowFile },
  n8n: { extension: 'n8n.json', mediaType: 'application/json', write: toN8n },
  asl: { extension: 'asl.json', mediaType: 'application/json', write: toAsl },
  mermaid: { extension: 'mmd', mediaType: 'text/vnd.mermaid; charset=utf-8', write: toMermaid },
  svg: { extension: 'svg', mediaType: 'image/svg+xml; charset=utf-8', write: toSvg },
} as const satisfies Record<string, Format>;

export type ExportFormat = keyof typeof FORMATS;
export const EXPORT_FORMATS = Object.keys(FORMATS) as readonly ExportFormat[];

/** Whether an external string names a format. */
export function isExportFormat(word: string): word is ExportFormat {
  return Object.hasOwn(FORMATS, word);
}

/** Exports the workflow in a format. Never throws on a graph that fits the schema, even if the graph makes no sense. */
export function exportGraph(workflow: PortableWorkflow, format: ExportFormat): GraphExport {
  const { extension, mediaType, write }: Format = FORMATS[format];
  const losses = new LossList();
  const content = write(workflow, losses);
  return { filename: `${slugOf(workflow.title)}.${extension}`, mediaType, content, losses: losses.all };
}

function slugOf(title: string): string {
  const words = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return (words ?? []).join('-').slice(0, 60).replace(/-$/, '') || 'workflow';
}
