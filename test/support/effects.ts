/** Effects in a test's process: only opens epochs on its stream. Jobs and lists are left alone. */
import { EffectPerformer } from '#libs/effects';
import { StrandedRuns } from '#libs/persistence';
import type { RedisWorkflowStreamWriter } from '#libs/stream';

type Parts = ConstructorParameters<typeof EffectPerformer>;

export function effectsOn(
  stream: RedisWorkflowStreamWriter,
  dataSource: ConstructorParameters<typeof StrandedRuns>[0],
) {
  return new EffectPerformer(
    { dispatch: async () => undefined } as unknown as Parts[0],
    { announce: () => undefined } as unknown as Parts[1],
    { publishCancel: async () => true } as unknown as Parts[2],
    stream,
    { remove: async () => undefined } as unknown as Parts[4],
    new StrandedRuns(dataSource),
  );
}
