/** A workflow as a file, over plain HTTP. What the format cannot express is counted in a header and listed beside it. */
import { Controller, Get, HttpException, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isId } from '#libs/contracts';
import { EXPORT_FORMATS, type ExportLoss, exportGraph, type GraphExport, isExportFormat } from '#libs/graph';
import { WorkflowReader } from '#libs/persistence';
import { ViewerAuthentication } from '../auth/viewer-authentication.service.js';
import { Deadline } from '../graphql/deadline.js';

@Controller('workflows/:id/export')
export class WorkflowExportController {
  constructor(
    private readonly authentication: ViewerAuthentication,
    private readonly reader: WorkflowReader,
  ) {}

  /** 400 for an unknown format, 401 without an identity, 404 for a workflow that does not exist or is somebody else's. */
  @Get()
  async file(
    @Param('id') id: string,
    @Query('format') format: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { filename, mediaType, content, losses } = await this.exported(id, format, request);
    response
      .set('Cache-Control', 'private, no-cache')
      .set('Content-Disposition', `attachment; filename="${filename}"`)
      .set('X-Holdfast-Losses', String(losses.length))
      .set('Link', `</workflows/${id}/export/losses?format=${String(format)}>; rel="describedby"`)
      .type(mediaType)
      .send(content);
  }

  /** What that file leaves out, in the order of the graph. */
  @Get('losses')
  async losses(
    @Param('id') id: string,
    @Query('format') format: unknown,
    @Req() request: Request,
  ): Promise<{ losses: readonly ExportLoss[] }> {
    const { losses } = await this.exported(id, format, request);
    return { losses };
  }

  private async exported(id: string, format: unknown, { headers }: Request): Promise<GraphExport> {
    if (typeof format !== 'string' || !isExportFormat(format)) {
      throw new HttpException(`The parameter "format" has to be one of ${EXPORT_FORMATS.join(', ')}.`, 400);
    }
    const viewer = await this.authentication.viewerOf({ headers });
    if (viewer === null) throw new HttpException('Sign in first.', 401);
    const reading = isId('workflow', id)
      ? this.reader.workflowSnapshot(viewer.userId, id, { messages: false, graph: true })
      : Promise.resolve(null);
    const snapshot = await new Deadline().within(reading);
    if (snapshot === null) throw new HttpException('There is no such workflow.', 404);
    return exportGraph(snapshot.workflow, format);
  }
}
