// A paper goes to the station as it is: its bytes are the body, its name stands in the address.

const form = document.querySelector("#attach");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = form.querySelector("input[type=file]").files[0];
  const trouble = form.querySelector(".trouble");
  const say = (text) => {
    trouble.textContent = text;
    trouble.hidden = !text;
  };
  if (!file) return;
  if (file.size > Number(form.dataset.most)) return say(form.dataset.large);
  say("");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const query = new URLSearchParams({ token: form.dataset.token, name: file.name });
    const answer = await fetch(`${form.dataset.action}?${query}`, {
      method: "POST",
      body: file,
      headers: { "X-CSRF": form.dataset.csrf, "Content-Type": "application/octet-stream" },
    });
    await answer.text();
    if (answer.ok) location.reload();
    else say(form.dataset.failed);
  } catch {
    say(form.dataset.lost);
  } finally {
    button.disabled = false;
  }
});
