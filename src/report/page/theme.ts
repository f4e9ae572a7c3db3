import { el } from './dom.ts';

/** Light, dark, or the system's theme. */

const THEMES = ['auto', 'light', 'dark'] as const;

const listeners = new Set<() => void>();

/** Calls back whenever colours change, as charts are drawn in them. */
export function onTheme(listener: () => void): void {
  listeners.add(listener);
}

/** The theme switch. A page opened from disk stores nothing: the choice lasts until it is closed. */
export function themeSwitch(): HTMLElement {
  const buttons = THEMES.map((theme) => {
    const button = el('button', { type: 'button', 'aria-pressed': String(theme === 'auto') }, theme);
    button.addEventListener('click', () => {
      if (theme === 'auto') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = theme;
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      for (const listener of listeners) listener();
    });
    return button;
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const listener of listeners) listener();
  });
  return el('div', { class: 'themes', role: 'group', 'aria-label': 'Colours' }, ...buttons);
}

let probe: HTMLElement | undefined;

/** A colour of the style sheet in the current theme. */
export function colour(name: string): string {
  probe ??= document.body.appendChild(el('span', { hidden: true }));
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

/** Paper is light: charts are redrawn for printing, and again for the screen. */
export function printLight(): void {
  let before: string | undefined;
  addEventListener('beforeprint', () => {
    before = document.documentElement.dataset['theme'];
    document.documentElement.dataset['theme'] = 'light';
    for (const listener of listeners) listener();
  });
  addEventListener('afterprint', () => {
    if (before === undefined) delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = before;
    for (const listener of listeners) listener();
  });
}
