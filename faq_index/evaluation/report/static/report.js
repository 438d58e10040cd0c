// Theme, language and filters. The page is complete without them; then it is in English and nothing is filtered.
"use strict";
(() => {
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* for this visit only */ } };

  // Before the first paint.
  root.dataset.script = "on";
  const theme = kept("faqdesk-theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  document.addEventListener("DOMContentLoaded", () => {
    const texts = JSON.parse(document.getElementById("texts").textContent);
    const filters = [...document.querySelectorAll("[data-filter]")].map(filterOf);

    document.querySelector(".theme").addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      keep("faqdesk-theme", root.dataset.theme);
    });

    const select = document.getElementById("language");
    select.value = preferred(Object.keys(texts));
    select.addEventListener("change", () => { keep("faqdesk-language", select.value); speak(); });
    speak();

    function speak() {
      root.lang = select.value;
      for (const element of document.querySelectorAll("[data-t]")) element.textContent = texts[root.lang][element.dataset.t];
      for (const filter of filters) filter.forget();
    }

    function preferred(spoken) {
      const wanted = [kept("faqdesk-language"), ...navigator.languages.map((language) => language.split("-")[0])];
      return wanted.find((language) => spoken.includes(language)) ?? spoken[0];
    }

    /** Hides the rows of a section that lack what is typed; accents and case do not count. */
    function filterOf(input) {
      const rows = [...document.querySelectorAll(`#${input.dataset.filter} tbody tr`)];
      const output = input.parentElement.querySelector("output");
      let folded = [];
      const apply = () => {
        if (!folded.length) folded = rows.map((row) => fold(row.textContent));
        const words = fold(input.value).split(/\s+/).filter(Boolean);
        const fits = folded.map((text) => words.every((word) => text.includes(word)));
        rows.forEach((row, place) => { row.hidden = !fits[place]; });
        const shown = fits.filter(Boolean).length;
        const number = (value) => value.toLocaleString(root.lang);
        output.textContent = words.length
          ? texts[root.lang][output.dataset.pattern].replace("{shown}", number(shown)).replace("{all}", number(rows.length))
          : "";
      };
      input.addEventListener("input", apply);
      return { forget: () => { folded = []; if (input.value) apply(); } };
    }

    function fold(text) {
      return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
    }
  });
})();
