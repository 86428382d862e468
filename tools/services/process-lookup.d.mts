/** The command line of a live process, its arguments joined by spaces; undefined when there is none (or only a zombie). */
export function commandLine(pid: number): string | undefined;

/** The process id in a pid file (its first line), or undefined when the file is absent or contains none. */
export function readPid(file: string): number | undefined;
