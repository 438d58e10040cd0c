// The chat of this browser becomes the private one that its link led to, and opens.
const { token } = document.getElementById("private").dataset;
try {
  localStorage.setItem("faqdesk", JSON.stringify({ token, pending: [] }));
  location.replace("/chat");
} catch {
  document.getElementById("private").hidden = false; // storage is blocked: the words say what to do
}
