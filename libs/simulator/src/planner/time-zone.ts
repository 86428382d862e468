/** The time zone of schedules, read from the instructions: the one in which the prompt was written. */
import type { Plan } from './plan.js';

const told = /^The request was made on [^\n]{1,100} in the time zone ([\w+\-/]{1,64}),/mu;

/** The plan with the time zone of the instructions in its new schedules; UTC when neither they nor the plan name one. */
export function inTimeZoneOf(instructions: string, plan: Plan): Plan {
  const timezone = told.exec(instructions)?.[1];
  const nodes = plan.nodes.map((node) =>
    node.type === 'trigger.schedule'
      ? { ...node, parameters: { timezone: 'UTC', ...node.parameters, ...(timezone && { timezone }) } }
      : node,
  );
  return { ...plan, nodes };
}
