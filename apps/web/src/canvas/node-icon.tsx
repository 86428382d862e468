/** Icons of node types, by the names in the catalogue. */
import { Box, type LucideIcon } from 'lucide-react';
import * as nodeIcons from './node-icons.js';

/** `CalendarClock` → `calendar-clock`: as the catalogue names it. */
const nameOf = (component: string): string => component.replaceAll(/(?<=[a-z])(?=[A-Z\d])/g, '-').toLowerCase();

const icons: ReadonlyMap<string, LucideIcon> = new Map(
  Object.entries(nodeIcons).map(([component, Icon]) => [nameOf(component), Icon]),
);

/** Names that have an icon of their own. */
export const iconNames: readonly string[] = [...icons.keys()];

export function NodeIcon({ name, className }: { name: string | undefined; className?: string }) {
  const Icon = icons.get(name ?? '') ?? Box;
  return <Icon aria-hidden className={className} strokeWidth={1.75} />;
}
