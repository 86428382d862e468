/**
 * Plans the next answer of a run: look up node types, build or change in small groups, validate, correct, summarise.
 * Stateless: everything is derived from the conversation.
 */
import { type Conversation, lastPrompt, readable } from '../conversation.js';
import { stripDirectives } from '../faults/directives.js';
import type { Move } from '../model-turn.js';
import { planEdit } from './edit.js';
import * as narration from './narration.js';
import { neverValidPlan, spoil } from './never-valid.js';
import { nextOperations } from './next-operations.js';
import { planRepair } from './repair.js';
import { type Finding, type RunState, readRun } from './run-state.js';
import { sealPlan } from './seal-plan.js';
import { sketchWorkflow } from './sketch.js';
import { storedPlanFor } from './stored-plans.js';
import { inTimeZoneOf } from './time-zone.js';

interface MoveOptions {
  /** Requests for corrections until a simulated model's graph passes the linter; 0 for a model that tries to pass at once. */
  invalidRounds: number;
}

/** A run ends at the latest after this many answers, whatever the tools return. */
const MAX_TURNS = 40;
const MAX_REPAIRS = 2;

/** The simulator's next answer. Pure and total: every conversation has one. */
export function planMove(conversation: Conversation, options: MoveOptions): Move {
  const tools = new Set(conversation.tools.map((tool) => tool.name));
  const prompt = readable(stripDirectives(lastPrompt(conversation)));
  if (!tools.has('addNodes') || !tools.has('connectNodes')) return narration.withoutTools(prompt, tools.size > 0);

  const state = readRun(conversation);
  const sketch = () => (state.start.nodes.length > 0 ? planEdit(prompt, state.start) : sketchWorkflow(prompt));
  const drawn = storedPlanFor(prompt, state.start) ?? sketch();
  const intended = sealPlan(inTimeZoneOf(conversation.instructions, drawn), state.start);
  const plan = options.invalidRounds > 0 ? neverValidPlan(intended, state.start) : intended;
  const stubborn = state.correctionRounds < options.invalidRounds;
  if (state.turns >= MAX_TURNS) return narration.closing(plan, state, errorsOf(state.validated));
  if (state.turns === 0 && tools.has('searchNodeTypes') && plan.kind !== 'nothing')
    return narration.opening(plan, prompt);

  if (state.corrections !== undefined && state.turnsOfRound === 0) {
    return stubborn ? spoil(state) : correct(state.corrections, state);
  }
  const operations = nextOperations(plan, state);
  if (operations !== undefined) return narration.building(plan, state, operations);
  const untouched = plan.kind === 'nothing' && state.turns === 0;
  if (
    state.validated === undefined &&
    tools.has('validateGraph') &&
    !untouched &&
    state.turnsOfRound <= MAX_TURNS / 2
  ) {
    return narration.validating(plan);
  }
  const errors = errorsOf(state.validated);
  if (errors.length > 0 && !stubborn && repairsDone(state) < MAX_REPAIRS) return correct(errors, state);
  return narration.closing(plan, state, errors);
}

function correct(findings: readonly Finding[], state: RunState): Move {
  const repair = planRepair(findings, state.now);
  return repair.calls.length === 0
    ? narration.stuck(findings)
    : narration.repairing(findings, repair.calls, repair.done);
}

/** Each repair is followed by a validation, so the number of repairs is the number of validations beyond the first. */
function repairsDone(state: RunState): number {
  return Math.max(0, (state.attempts.get('validateGraph ') ?? 0) - 1);
}

function errorsOf(findings: readonly Finding[] | undefined): Finding[] {
  return (findings ?? []).filter((finding) => finding.severity.toUpperCase() === 'ERROR');
}
