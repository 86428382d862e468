/** The choice of the agent to ask. Hidden when there is only one. */
import { Check } from 'lucide-react';
import { useServerInfo } from '../network/server-info.js';
import { agentLooks } from './agent-looks.js';

interface AgentChoiceProps {
  chosen: string;
  onChoose: (agent: string) => void;
  disabled: boolean;
}

export function AgentChoice({ chosen, onChoose, disabled }: AgentChoiceProps) {
  const { agents } = useServerInfo();
  // Reserves the space while the list is loading, so that nothing jumps.
  if (agents.length < 2) return <div className="mb-4 h-9" />;
  return (
    <fieldset className="mb-4 flex flex-wrap justify-center gap-1" disabled={disabled}>
      <legend className="sr-only">Agent</legend>
      {agents.map((agent) => (
        <label
          key={agent}
          data-testid="agent-choice"
          data-agent={agent}
          className="group flex h-9 cursor-pointer pointer-coarse:h-11 items-center rounded-full px-4 text-ink-soft text-sm transition-colors has-checked:bg-accent-soft has-checked:font-medium has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent hover:text-ink"
        >
          <input
            type="radio"
            name="agent"
            value={agent}
            checked={agent === chosen}
            onChange={() => onChoose(agent)}
            className="sr-only"
          />
          <Check aria-hidden className="mr-1.5 hidden size-3.5 group-has-checked:block" strokeWidth={2.5} />
          {agentLooks(agent).word}
        </label>
      ))}
    </fieldset>
  );
}
