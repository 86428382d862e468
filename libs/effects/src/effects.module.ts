/** Provides the `EffectPerformer` globally. Requires the modules of persistence, stream and jobs. */
import { Global, Module } from '@nestjs/common';
import { EffectPerformer } from './effect-performer.js';

@Global()
@Module({ providers: [EffectPerformer], exports: [EffectPerformer] })
export class EffectsModule {}
