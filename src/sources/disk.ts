const SYSCALLS: ReadonlySet<string> = new Set(['open', 'write', 'close', 'mkdir', 'rename', 'copyfile', 'ftruncate']);
/** Error codes of broken connections; sockets are written to, too. */
const NETWORK: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ENOTCONN']);

/** Whether the disk failed: then retries and other sources do not help. */
export function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return error instanceof Error && syscall !== undefined && code !== undefined && SYSCALLS.has(syscall) && !NETWORK.has(code);
}

/** The same error with the file concerned: Node names it for opening, but not for writing. */
export function located(error: NodeJS.ErrnoException, file: string): NodeJS.ErrnoException {
  return Object.assign(error, { path: error.path ?? file });
}
