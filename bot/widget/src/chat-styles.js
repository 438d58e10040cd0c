import { css } from "lit";

/** Of the chat itself: the head, the log, the place to write. */
export const chatStyles = css`
  :host { display: block; block-size: 100%; font: var(--size-3)/1.45 var(--font); color: var(--text-1); }
  .chat { display: grid; grid-template-rows: auto auto minmax(0, 1fr) auto; background: var(--surface-0); block-size: 100%; }
  header { display: flex; align-items: center; gap: var(--space-1); padding: var(--space-3) var(--space-2) var(--space-3) var(--space-4); padding-inline: var(--space-4) var(--space-2); background: var(--surface-1); border-block-end: 1px solid var(--line); }
  header div { flex: 1; min-inline-size: 0; display: grid; }
  header h2 { margin: 0; font-size: var(--size-3); line-height: 1.3; }
  header p { font-size: var(--size-1); color: var(--text-2); text-wrap: balance; }
  .log { grid-row: 3; overflow-y: auto; padding: var(--space-4); display: flex; flex-direction: column; gap: var(--space-3); overscroll-behavior: contain; position: relative; scrollbar-width: thin; }
  .log:focus-visible { outline-offset: -2px; }
  .log > :first-child { margin-block-start: auto; }
  :host([mode="page"]) header { padding-inline: max(var(--space-4), calc((100% - 46rem) / 2)); }
  :host([mode="page"]) :is(.log, .composer, .trouble) > * { inline-size: 100%; max-inline-size: 46rem; margin-inline: auto; }
  .earlier { align-self: center; }
  .before { display: flex; flex-direction: column; gap: var(--space-3); padding-block-end: var(--space-4); border-block-end: 1px solid var(--line); }
  .empty { color: var(--text-2); display: grid; gap: var(--space-3); }
  .empty div { display: flex; flex-wrap: wrap; gap: var(--space-2); }
  .typing { display: flex; gap: 5px; padding-inline-start: 38px; block-size: 20px; align-items: center; }
  .typing i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--text-3); animation: pulse 1s infinite alternate; }
  .typing i:nth-child(2) { animation-delay: 0.25s; } .typing i:nth-child(3) { animation-delay: 0.5s; }
  @keyframes pulse { from { opacity: 0.25; } to { opacity: 1; } }
  .composer { grid-row: 4; border-block-start: 1px solid var(--line); background: var(--surface-1); padding: var(--space-2) var(--space-3) var(--space-3); padding-block-end: max(var(--space-3), env(safe-area-inset-bottom)); display: grid; gap: var(--space-2); }
  .foot { display: flex; justify-content: space-between; align-items: center; gap: var(--space-2); font-size: var(--size-1); color: var(--text-2); min-block-size: 32px; padding-inline: var(--space-1); }
  faqdesk-queue { margin: calc(-1 * var(--space-2)) calc(-1 * var(--space-3)) 0; }
  :host([mode="page"]) faqdesk-queue { margin: 0 auto; border-radius: var(--radius-2); }
  faqdesk-leaving { max-block-size: 75dvh; }
  .composer[hidden] { display: none; }
  .foot span { display: flex; align-items: center; gap: var(--space-2); }
  .person { border: 0; background: none; font: inherit; color: var(--accent); cursor: pointer; min-block-size: 32px; padding: 0 4px; white-space: nowrap; text-decoration: underline; text-underline-offset: 3px; margin-inline-start: auto; }
  .notice { color: var(--bad); font-size: var(--size-1); }
  .trouble { grid-row: 3; align-self: center; padding: var(--space-6); display: grid; gap: var(--space-3); justify-items: center; text-align: center; color: var(--text-2); text-wrap: balance; }
  @media (min-width: 481px) { :host([mode="panel"]) { font-size: 15px; } }
  @media (pointer: coarse) { .person { min-block-size: 40px; } }
`;
