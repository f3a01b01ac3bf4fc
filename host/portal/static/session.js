// A form that is sent after its session ended would lose what was typed into it. So the session is asked for first. If it has ended, the page
// stays as it is: whoever was signed in signs in again, in another tab, and sends the form with another click. What was typed is kept nowhere
// but in the page.
'use strict';

(() => {
  const { account } = document.body.dataset;
  if (account === undefined) return;
  let asking = false;
  let passing = null; // The form that is being sent.
  let waiting = null; // The form that was not sent, its button, and what is said about it.

  // Who is signed in now, with the token of that session: null for nobody, undefined if there is no answer.
  const signedIn = async () => {
    try {
      const answer = await fetch('/session', { redirect: 'manual' });
      if (answer.type === 'opaqueredirect') return null;
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined;
    }
  };
  const renew = ({ csrf }) => {
    for (const field of document.querySelectorAll('input[name=csrf]')) field.value = csrf;
  };

  const say = (form, button, kind, role, ...parts) => {
    waiting?.note.remove();
    const note = Object.assign(document.createElement('div'), { className: kind, tabIndex: -1 });
    note.setAttribute('role', role);
    const text = document.createElement('p');
    text.append(...parts);
    note.append(text);
    // At the button, where the reader is.
    const place = button?.closest('.actions') ?? button;
    if (place) place.before(note);
    else form.prepend(note);
    waiting = { form, button, note };
    note.focus();
  };
  const named = (button) => (button?.textContent ? `“${button.textContent.trim()}”` : 'the button');
  const strong = (text) => Object.assign(document.createElement('strong'), { textContent: text });
  const ended = (form, button) => {
    const link = Object.assign(document.createElement('a'), { href: '/login?next=%2Fsigned-in', target: '_blank', textContent: 'Sign in again' });
    say(form, button, 'problems', 'alert', strong('Nothing was sent: your session has ended.'), ' What you entered is still here. ', link,
      ` in another tab, come back, and press ${named(button)} again.`);
  };
  const other = (form, button, session) => {
    say(form, button, 'problems', 'alert', strong(`Nothing was sent: you are signed in as ${session.account} now.`),
      ` This page was opened by ${account}. To send it, sign in as ${account} again, in another tab, and come back.`);
  };
  const again = ({ form, button }) => {
    say(form, button, 'notice', 'status', `You are signed in again. Nothing was sent yet: press ${named(button)}.`);
    button?.focus();
  };

  document.addEventListener('submit', async (event) => {
    const form = event.target;
    const isFilledIn = form.querySelector('input:not([type=hidden]), select, textarea');
    if (form === passing || form.method !== 'post' || !isFilledIn) return;
    // Before anything else learns of it.
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking) return;
    asking = true;
    const button = event.submitter;
    const session = await signedIn();
    asking = false;
    if (session === null) {
      ended(form, button);
    } else if (session && session.account !== account) {
      other(form, button, session);
    } else {
      // Without an answer, the browser says that there is none.
      if (session) renew(session);
      passing = form;
      form.requestSubmit(button?.form === form ? button : undefined);
      passing = null;
    }
  }, true);

  // Whoever comes back from the other tab is told how it stands.
  const look = async () => {
    if (!waiting || document.hidden) return;
    const { form, button } = waiting;
    const session = await signedIn();
    if (!session || waiting?.form !== form || !waiting.note.classList.contains('problems')) return;
    if (session.account !== account) {
      other(form, button, session);
    } else {
      renew(session);
      again(waiting);
    }
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('focus', look);
})();
