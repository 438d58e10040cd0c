// The order box and the help pages open the chat with a question.
const ready = window.faqdesk ? Promise.resolve(window.faqdesk) : new Promise((resolve) => addEventListener("faqdesk:ready", ({ detail }) => resolve(detail)));

async function ask(text) {
  (await ready).open(text);
}

for (const form of document.querySelectorAll(".ask-form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const order = form.elements.order.value.trim();
    ask(order ? `${form.dataset.question} ${order}` : form.dataset.question);
    form.reset();
  });
}

for (const button of document.querySelectorAll(".ask-button")) button.addEventListener("click", () => ask(""));
