import { el } from './dom.ts';

/** Light, dark, or what the system says. */

const THEMES = ['auto', 'light', 'dark'] as const;

const listeners = new Set<() => void>();

/** Calls back whenever colours change: charts are drawn in them. */
export function onTheme(listener: () => void): void {
  listeners.add(listener);
}

/** The switch. A page of the disk keeps nothing: the choice lasts until it is closed. */
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

/** A colour of the style sheet, as it is in light or in dark. */
export function colour(name: string): string {
  probe ??= document.body.appendChild(el('span', { hidden: true }));
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

/** Paper is light: charts are drawn anew for it, and again for the screen. */
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
