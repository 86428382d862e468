/** Gives every module the `EffectPerformer`. The modules of persistence, stream and jobs have to be there, too. */
import { Global, Module } from '@nestjs/common';
import { EffectPerformer } from './effect-performer.js';

@Global()
@Module({ providers: [EffectPerformer], exports: [EffectPerformer] })
export class EffectsModule {}
