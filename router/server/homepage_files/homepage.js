/** Copy buttons, and addresses as the browser sees them; without scripts the page says the same. */

// Behind a proxy the router cannot always know by which scheme it is reached.
const told = document.body.dataset.origin;
const here = window.location.origin;
if (new URL(told).host === window.location.host && new URL(told).origin !== here) {
  const scheme = here.startsWith('https:') ? 'wss' : 'ws';
  const host = window.location.host;
  for (const element of document.querySelectorAll('pre code, .lead code')) {
    element.textContent = element.textContent
      .replaceAll(new URL(told).origin, here)
      .replaceAll(`ws://${host}`, `${scheme}://${host}`)
      .replaceAll(`wss://${host}`, `${scheme}://${host}`);
  }
}

const status = document.getElementById('told');

/** Where the clipboard is closed to pages (no HTTPS), the text is selected, so that one key copies it. */
async function copy(code, button, name) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
    status.textContent = `${name} example copied`;
  } catch {
    window.getSelection().selectAllChildren(code);
    button.textContent = 'Selected';
    status.textContent = `${name} example selected`;
  }
  setTimeout(() => {
    button.textContent = 'Copy';
    status.textContent = '';
  }, 2500);
}

for (const article of document.querySelectorAll('.snippets article')) {
  const name = article.querySelector('h3').textContent;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy the ${name} example`);
  button.addEventListener('click', () => copy(article.querySelector('code'), button, name));
  article.querySelector('.bar').append(button);
}
