/**
 * Mends what axe finds in GraphiQL's own markup, and mends it again when React writes it anew.
 *
 * A tab with a close button within is no ARIA tab (nested-interactive): its strip becomes a list of buttons.  An entry of
 * the history shows its text and is named something else (label-content-name-mismatch): it gets both.
 */

const ATTRIBUTES = ['role', 'aria-selected', 'aria-label'];

function mend() {
  for (const strip of document.querySelectorAll('.graphiql-tabs[role]')) strip.removeAttribute('role');
  for (const tab of document.querySelectorAll('.graphiql-tab[role]')) {
    const isActive = tab.getAttribute('aria-selected') === 'true';
    tab.removeAttribute('role');
    tab.dataset.mended = 'true';
    mark(tab, isActive);
  }
  for (const tab of document.querySelectorAll('.graphiql-tab[data-mended][aria-selected]')) {
    mark(tab, tab.getAttribute('aria-selected') === 'true');
  }
  for (const entry of document.querySelectorAll('.graphiql-history-item-label[aria-label="Set active"]')) {
    entry.setAttribute('aria-label', `${entry.textContent.trim()}: set active`);
  }
}

function mark(tab, isActive) {
  tab.removeAttribute('aria-selected');
  const button = tab.querySelector('button');
  if (isActive) button?.setAttribute('aria-current', 'true');
  else button?.removeAttribute('aria-current');
}

export function keepAccessible() {
  new MutationObserver(mend).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ATTRIBUTES,
  });
}
