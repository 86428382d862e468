import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startPostgres } from './postgres.ts';
import { ProcessGroup } from './process-group.ts';

describe('a broken Postgres data folder', () => {
  it('is named, left as it is, and comes with the command that moves it away', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-broken-'));
    const folder = join(home, 'data', 'postgres');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'something'), 'of value');
    const group = new ProcessGroup(home, () => undefined);
    const start = startPostgres({ group, password: 'secret', throwAway: true }, () => undefined);
    await expect(start).rejects.toThrow(`cannot use its data folder ${folder}`);
    await expect(start).rejects.toThrow(`mv '${folder}' '${folder}.broken'`);
  });
});
