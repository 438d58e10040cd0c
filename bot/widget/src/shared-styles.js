import { css } from "lit";

/** What the chat's elements have in common. The names come from the page's tokens. */
export const shared = css`
  * { box-sizing: border-box; }
  a { color: var(--accent); text-underline-offset: 3px; }
  p { margin: 0; }
  .hidden-text { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .choice {
    display: inline-flex; align-items: center; min-block-size: 40px; padding: 6px 14px; font: inherit; font-size: var(--size-2);
    text-align: start; text-decoration: none; color: var(--accent); background: var(--surface-1); cursor: pointer;
    border: 1px solid var(--accent); border-radius: 20px; transition: background 120ms ease-out;
  }
  .choice:hover { background: var(--accent-soft); }
  .choice:disabled { color: var(--text-2); border-color: var(--line); background: transparent; cursor: default; }
  .choice.chosen:disabled { color: var(--text-1); border-color: var(--accent); background: var(--accent-soft); }
  .icon { flex: none; inline-size: 40px; block-size: 40px; display: grid; place-items: center; border: 0; border-radius: var(--radius-1); background: none; color: var(--text-2); cursor: pointer; }
  .icon:hover { background: var(--surface-2); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
`;
