// Improves the pages, all of which also work without scripts. Fetches only from the portal itself.
'use strict';

(() => {
  const TYPING = 400; // Milliseconds without typing before the form is checked.
  const LOOK = 2000; // Milliseconds between two requests for running checks.

  // Copy buttons.
  const showCopies = (part) => {
    if (!navigator.clipboard) return;
    for (const button of part.querySelectorAll('[data-copy]')) button.hidden = false;
  };
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
    if (!button) return;
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Copy failed';
    }
    setTimeout(() => { button.textContent = words; }, LOOK);
  });

  // Instants in the reader's time zone, as titles.
  const showTimes = (part) => {
    for (const time of part.querySelectorAll('time[datetime]')) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.valueOf())) time.title = at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' });
    }
  };

  // The time zone, for the timeline.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (/^[\w+\-/]{1,64}$/.test(zone ?? '') && !/(^|;\s*)zone=/.test(document.cookie)) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `zone=${zone}; Path=/; SameSite=Lax; Max-Age=31536000${secure}`;
  }

  // The number of characters that a new password still needs.
  for (const note of document.querySelectorAll('[data-least]')) {
    const input = note.closest('.field').querySelector('input');
    const least = Number(note.dataset.least);
    input.addEventListener('input', () => {
      const lacking = least - [...input.value].length;
      note.textContent = input.value === '' || lacking <= 0 ? '' : ` ${lacking} more needed.`;
    });
  }

  // A form that is checked while it is filled in.
  const watchForm = (form) => {
    const summary = form.parentElement.querySelector('[data-problems]');
    const fields = new Map([...form.querySelectorAll('[data-key]')].map((field) => [field.dataset.key, field]));
    const typed = new Set();
    let timer = 0;
    let asked = 0;

    const words = (problem) => (problem.remedy ? `${problem.problem}: ${problem.remedy}` : problem.problem);
    const show = (problems) => {
      // A field that was not reached yet shows no problem.
      const shown = problems.filter((problem) => 'touched' in form.dataset || typed.has(problem.key));
      for (const [key, field] of fields) {
        const control = field.querySelector('input, select, textarea');
        const note = field.querySelector('.problem');
        // Secrets are not sent for checking; the server checks them when the form is submitted.
        if ('secret' in control.dataset) continue;
        const problem = shown.find((candidate) => candidate.key === key);
        note.textContent = problem ? words(problem) : '';
        note.hidden = !problem;
        if (problem) control.setAttribute('aria-invalid', 'true');
        else control.removeAttribute('aria-invalid');
      }
      summary.querySelector('ul').replaceChildren(...shown.map((problem) => {
        const item = document.createElement('li');
        const control = fields.get(problem.key)?.querySelector('input, select, textarea');
        const text = control ? document.createElement('a') : document.createElement('span');
        if (control) text.href = `#${control.id}`;
        text.textContent = words(problem);
        item.append(text);
        return item;
      }));
      summary.hidden = shown.length === 0;
    };

    const check = async () => {
      const number = (asked += 1);
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        const control = form.elements.namedItem(name);
        if (control instanceof HTMLElement && 'secret' in control.dataset) continue;
        body.append(name, value);
      }
      try {
        const answer = await fetch(form.dataset.check, { method: 'POST', body, redirect: 'error' });
        if (!answer.ok) return;
        const { problems } = await answer.json();
        // A later check may have been answered first.
        if (number === asked) show(problems);
      } catch {
        // The server checks again when the form is submitted.
      }
    };

    form.addEventListener('input', (event) => {
      const key = event.target.closest('[data-key]')?.dataset.key;
      if (key) typed.add(key);
      clearTimeout(timer);
      timer = setTimeout(check, TYPING);
    });
  };

  // Actions after the form would miss unsaved input, so they wait until it is saved.
  const holdWhatFollows = (form) => {
    const held = [...document.querySelectorAll('form[data-after-details] button')].map((button) => {
      const note = document.createElement('strong');
      note.id = `${button.form.closest('section').id}-waits`;
      note.textContent = 'Save the details first.';
      note.hidden = true;
      button.after(note);
      return { button, note, closed: button.disabled, described: button.getAttribute('aria-describedby') };
    });
    // Compare with what the server sent, because a browser may restore earlier input by itself.
    const isTyped = (control) => {
      if (control instanceof HTMLSelectElement) return [...control.options].some((option) => option.selected !== option.defaultSelected);
      return control.type === 'checkbox' ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;
    };
    const look = () => {
      const typed = [...form.querySelectorAll('input, select, textarea')].some(isTyped);
      for (const { button, note, closed, described } of held) {
        button.disabled = closed || typed;
        note.hidden = !typed;
        const ids = [described, typed && note.id].filter(Boolean).join(' ');
        if (ids) button.setAttribute('aria-describedby', ids);
        else button.removeAttribute('aria-describedby');
      }
    };
    form.addEventListener('input', look);
    form.addEventListener('change', look);
    window.addEventListener('pageshow', look);
  };

  // Polls running checks. Keeps open sections open, and the focus where it is.
  const watchChecks = (part) => {
    let last = null;
    const goesOn = () => part.querySelector('[data-running]') !== null;
    const place = () => [...part.querySelectorAll('summary, button, pre, a')];
    const look = async () => {
      if (!document.hidden) {
        try {
          const answer = await fetch(part.dataset.fragment, { redirect: 'error' });
          if (!answer.ok) return;
          const text = await answer.text();
          if (text !== last) {
            last = text;
            const open = [...part.querySelectorAll('details[data-keep][open]')].map((details) => details.dataset.keep);
            const focused = place().indexOf(document.activeElement);
            part.innerHTML = text;
            for (const details of part.querySelectorAll('details[data-keep]')) details.open = open.includes(details.dataset.keep);
            const verdict = part.querySelector('[data-verdict]');
            const copy = document.querySelector('[data-verdict-copy]');
            if (verdict && copy) copy.textContent = verdict.textContent;
            if (focused >= 0) place()[focused]?.focus({ preventScroll: true });
            dress(part);
          }
        } catch {
          // The session has ended or the server is down: keep the page and try again.
        }
      }
      if (goesOn()) setTimeout(look, LOOK);
    };
    if (goesOn()) setTimeout(look, LOOK);
  };

  const dress = (part) => {
    showCopies(part);
    showTimes(part);
  };

  dress(document);
  for (const form of document.querySelectorAll('form[data-check]')) {
    watchForm(form);
    holdWhatFollows(form);
  }
  for (const part of document.querySelectorAll('[data-fragment]')) watchChecks(part);
  // A link to a folded part unfolds it.
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const folded = target && target.querySelector(':scope > details');
  if (folded) folded.open = true;
})();
