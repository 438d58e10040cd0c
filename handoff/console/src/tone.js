// Short tones, made here: no file to fetch, and nothing to hear before the agent has touched the page.

const STEPS = { offer: [660, 880, 990], queue: [660, 880], assigned: [590, 740], call: [880, 740, 880], wrote: [740] }; // hertz
const LENGTH = 0.14; // seconds

let context = null;
let last = 0;

/** Browsers let a page make sounds after a click or a key. */
export function allowTones() {
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, () => (context ??= globalThis.AudioContext ? new AudioContext() : null), { once: true });
  }
}

/** Play what stands for this kind of news; of many at once only the first. */
export function tone(what) {
  if (!context || performance.now() - last < 1500) return;
  last = performance.now();
  context.resume();
  for (const [place, pitch] of (STEPS[what] ?? STEPS.wrote).entries()) {
    const start = context.currentTime + place * LENGTH;
    const [voice, volume] = [context.createOscillator(), context.createGain()];
    voice.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.12, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, start + LENGTH * 1.8);
    voice.connect(volume).connect(context.destination);
    voice.start(start);
    voice.stop(start + LENGTH * 2);
  }
}
