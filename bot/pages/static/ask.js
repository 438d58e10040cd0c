// The order box and the help pages open the chat with a question.
function ask(text) {
  document.dispatchEvent(new CustomEvent("faqdesk-ask", { detail: { text } }));
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
