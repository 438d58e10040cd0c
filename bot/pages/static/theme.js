// The reader's choice of light or dark, before the first paint.
const chosen = (() => { try { return localStorage.getItem("faqdesk-theme"); } catch { return null; } })();
if (chosen) document.documentElement.dataset.theme = chosen;
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".theme")?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("faqdesk-theme", root.dataset.theme); } catch { /* kept for this page only */ }
  });
});
