/** JSON that is safe on a terminal: JSON leaves DEL, the C1 control characters and bidirectional formatting characters unescaped. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(/[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, escaped)}\n`;
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
