export { EffectPerformer } from './effect-performer.js';
export { EffectsModule } from './effects.module.js';
