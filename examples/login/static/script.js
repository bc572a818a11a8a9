"use strict";
const answer = document.getElementById("answer");

function show(text) {
  answer.hidden = false;
  answer.textContent = text;
}

async function ask() {
  try {
    const response = await fetch("/api/me");
    const body = await response.json();
    show(`GET /api/me: ${response.status}\n${JSON.stringify(body, null, 2)}`);
  } catch {
    show("The service does not answer.");
  }
}

async function end() {
  try {
    const response = await fetch("/end-at-provider", { method: "POST" });
    show(response.ok ? "The provider has ended your session, and told this service so. Ask the API again." : `POST /end-at-provider: ${response.status}`);
  } catch {
    show("The service does not answer.");
  }
}

document.getElementById("ask").addEventListener("click", ask);
document.getElementById("end")?.addEventListener("click", end);
