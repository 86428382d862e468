/** Makes each text a unique name by appending a number. Names that differ only in case count as equal. */
export class UniqueNames {
  private readonly taken = new Set<string>();

  constructor(private readonly maximum: number) {}

  give(wanted: string): string {
    const base = [...wanted].slice(0, this.maximum).join('').trim() || 'Step';
    let name = base;
    for (let number = 2; this.taken.has(name.toLowerCase()); number += 1) {
      const end = ` ${number}`;
      name = `${[...base]
        .slice(0, this.maximum - end.length)
        .join('')
        .trim()}${end}`;
    }
    this.taken.add(name.toLowerCase());
    return name;
  }
}
