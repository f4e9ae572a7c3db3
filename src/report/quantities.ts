import type { Unit } from '../progress.ts';

/** Counts, rates and times as progress shows them. */

/** `5,952 texts`, `91.0 MB`. */
export function amount(count: number, unit: Unit): string {
  return `${digits(count, unit)} ${word(unit)}`;
}

/** `1,234 of 5,952 texts`, `12.3 of 91.0 MB`. */
export function amountOf({ done, total, unit }: { readonly done: number; readonly total: number; readonly unit: Unit }): string {
  return `${digits(done, unit)} of ${amount(total, unit)}`;
}

/** `410 texts/s`, `5.2 MB/s`; below ten a decimal more. */
export function perSecond(rate: number, unit: Unit): string {
  if (unit === 'bytes') return `${(rate / 1e6).toFixed(1)} MB/s`;
  return `${rate < 10 ? rate.toFixed(1) : grouped(Math.round(rate))} ${unit}/s`;
}

/** `0.4 s`, `14 s`, `3 min 20 s`, `2 h 05 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pair(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${grouped(Math.floor(minutes / 60))} h ${pair(minutes % 60)} min`;
}

/** `5,952`, `91.0 MB`: without the unit that is elsewhere in the line. */
export function figure(count: number, unit: Unit): string {
  return unit === 'bytes' ? amount(count, unit) : grouped(count);
}

function digits(count: number, unit: Unit): string {
  return unit === 'bytes' ? (count / 1e6).toFixed(1) : grouped(count);
}

function word(unit: Unit): string {
  return unit === 'bytes' ? 'MB' : unit;
}

/** Not by the system's locale, so that numbers look the same everywhere. */
function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function pair(count: number): string {
  return String(count).padStart(2, '0');
}
