/** The time zone of schedules. Owns how it is read out of the instructions: it is where the prompt was written. */
import type { Plan } from './plan.js';

const told = /^The request was made on [^\n]{1,100} in the time zone ([\w+\-/]{1,64}),/mu;

/** The plan with its new schedules in the time zone that the instructions name; in UTC when neither they nor the plan name one. */
export function inTimeZoneOf(instructions: string, plan: Plan): Plan {
  const timezone = told.exec(instructions)?.[1];
  const nodes = plan.nodes.map((node) =>
    node.type === 'trigger.schedule'
      ? { ...node, parameters: { timezone: 'UTC', ...node.parameters, ...(timezone && { timezone }) } }
      : node,
  );
  return { ...plan, nodes };
}
