const SYSCALLS: ReadonlySet<string> = new Set(['open', 'write', 'close', 'mkdir', 'rename', 'copyfile', 'ftruncate']);
/** Codes with which a connection breaks; a socket is written to, too. */
const NETWORK: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ENOTCONN']);

/** Whether it was the disk that failed: then no other try and no other source helps. */
export function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return error instanceof Error && syscall !== undefined && code !== undefined && SYSCALLS.has(syscall) && !NETWORK.has(code);
}

/** The same error with the file that it is about: Node names it where opening fails, not where writing does. */
export function located(error: NodeJS.ErrnoException, file: string): NodeJS.ErrnoException {
  return Object.assign(error, { path: error.path ?? file });
}
