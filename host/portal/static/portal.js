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

  // The browser's time zone: pages are shown in it unless someone chose another.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isZone = /^[\w+\-/]{1,64}$/.test(zone ?? '');
  const kept = /(?:^|;\s*)zone=([^;]*)/.exec(document.cookie)?.[1];
  if (isZone && (kept === undefined || kept.startsWith('auto:')) && kept !== `auto:${zone}`) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `zone=auto:${zone}; Path=/; SameSite=Lax; Max-Age=31536000${secure}`;
  }

  // The switch of the time zone.
  const zoneSwitch = document.querySelector('[data-zone]');
  const own = zoneSwitch?.querySelector('[data-own-zone]');
  if (own && isZone) {
    own.value = `auto:${zone}`;
    own.title = zone;
    own.hidden = false;
  }
  zoneSwitch?.addEventListener('toggle', () => {
    const names = zoneSwitch.querySelector('datalist');
    if (names.childElementCount > 0 || !Intl.supportedValuesOf) return;
    names.append(...Intl.supportedValuesOf('timeZone').map((name) => Object.assign(document.createElement('option'), { value: name })));
  });
  zoneSwitch?.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !zoneSwitch.open) return;
    zoneSwitch.open = false;
    zoneSwitch.querySelector('summary').focus();
  });

  // Instants in full, as titles, in the zone of the page.
  const showTimes = (part) => {
    const form = { dateStyle: 'full', timeStyle: 'long', timeZone: zoneSwitch?.dataset.zone };
    for (const time of part.querySelectorAll('time[datetime]')) {
      const at = new Date(time.dateTime);
      try {
        if (!Number.isNaN(at.valueOf())) time.title = at.toLocaleString(undefined, form);
      } catch {
        // A zone that the browser does not know: the title is the server's.
      }
    }
  };

  // The meetings of a room's day are one stop of the Tab key; arrow keys go from one to the next, and to other rooms.
  const rows = [...document.querySelectorAll('.day tbody tr')]
    .map((row) => [...row.querySelectorAll('.meeting[tabindex]')])
    .filter((row) => row.length > 0);
  for (const row of rows) for (const meeting of row.slice(1)) meeting.tabIndex = -1;
  for (const hint of document.querySelectorAll('[data-keys]')) hint.hidden = rows.length === 0;
  const goTo = (row, meeting) => {
    for (const other of row) other.tabIndex = other === meeting ? 0 : -1;
    meeting.focus();
  };
  for (const [index, row] of rows.entries()) {
    for (const [place, meeting] of row.entries()) {
      meeting.addEventListener('keydown', (event) => {
        if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
        const stop = (other) => other && [other, other.find((one) => one.tabIndex === 0) ?? other[0]];
        const next = {
          ArrowLeft: () => [row, row[place - 1]],
          ArrowRight: () => [row, row[place + 1]],
          Home: () => [row, row[0]],
          End: () => [row, row.at(-1)],
          ArrowUp: () => stop(rows[index - 1]),
          ArrowDown: () => stop(rows[index + 1]),
        }[event.key]?.();
        if (!next) return;
        event.preventDefault();
        if (next[1]) goTo(...next);
      });
    }
  }

  // A button whose form takes long to be answered says so.
  document.addEventListener('submit', (event) => {
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    const words = button.textContent;
    button.textContent = button.dataset.busy;
    window.addEventListener('pageshow', () => { button.textContent = words; }, { once: true });
  });

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
    // Asked for anew, because rows are added and removed.
    const all = () => new Map([...form.querySelectorAll('[data-key]')].map((field) => [field.dataset.key, field]));
    const typed = new Set();
    let timer = 0;
    let asked = 0;

    const words = (problem) => (problem.remedy ? `${problem.problem}: ${problem.remedy}` : problem.problem);
    const show = (problems) => {
      // A field that was not reached yet shows no problem.
      // Secrets are not sent, so the server cannot know that one was typed.
      const fields = all();
      const secrets = [...form.querySelectorAll('[data-secret]')].some((control) => control.value !== '');
      const isTyped = (key) => secrets && fields.get(key)?.querySelector('[data-secret]');
      const shown = problems.filter((problem) => ('touched' in form.dataset || typed.has(problem.key)) && !isTyped(problem.key));
      for (const [key, field] of fields) {
        const control = field.querySelector('input, select, textarea');
        const note = field.querySelector('.problem');
        // Secrets are not sent for checking; the server checks them when the form is submitted.
        if (control && 'secret' in control.dataset) continue;
        const problem = shown.find((candidate) => candidate.key === key);
        note.textContent = problem ? words(problem) : '';
        note.hidden = !problem;
        // The problem of all rows is not that of the first one's first cell.
        if ('rows' in field.dataset) continue;
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
        // If the session has ended, the form says so when it is sent.
        const answer = await fetch(form.dataset.check, { method: 'POST', body, redirect: 'manual' });
        if (!answer.ok) return;
        const { problems } = await answer.json();
        // A later check may have been answered first.
        if (number === asked) show(problems);
      } catch {
        // The server checks again when the form is submitted.
      }
    };

    // A file instead of its text: PEM as it is, PKCS#12 as base64.
    for (const chosen of form.querySelectorAll('input[type=file][data-into]')) {
      const into = form.elements.namedItem(chosen.dataset.into);
      chosen.parentElement.hidden = false;
      chosen.addEventListener('change', async () => {
        const file = chosen.files[0];
        const isLarge = file?.size > 48 * 1024;
        chosen.setCustomValidity(isLarge ? 'This file has more than 48 KiB, so it is no certificate with its key.' : '');
        chosen.reportValidity();
        if (!file || isLarge) return;
        const bytes = new Uint8Array(await file.arrayBuffer());
        const text = new TextDecoder().decode(bytes);
        into.value = text.includes('-----BEGIN ') ? text : btoa(String.fromCharCode(...bytes));
        into.dispatchEvent(new Event('input', { bubbles: true }));
      });
    }

    // The id of a client secret stands beside its value and is easily taken for it.
    const doubt = form.querySelector('[data-doubt]');
    const doubted = doubt && form.elements.namedItem(doubt.dataset.doubt);
    doubted?.addEventListener('input', () => {
      doubt.hidden = !/^\s*[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\s*$/i.test(doubted.value);
    });

    form.addEventListener('input', (event) => {
      const key = event.target.closest('[data-key]')?.dataset.key;
      if (key) typed.add(key);
      clearTimeout(timer);
      timer = setTimeout(check, TYPING);
    });
  };

  // Rows of a form. Without a script, empty rows are filled in and boxes are ticked; with it, rows are added and removed at once.
  const watchRows = (rows, form) => {
    const template = rows.querySelector('template');
    const add = rows.querySelector('[data-add]');
    const there = () => [...rows.querySelectorAll('[data-row]')];
    let next = 0;
    const first = (row) => row.querySelector('input, select');
    const changed = () => {
      for (const [index, row] of there().entries()) row.setAttribute('aria-label', `Row ${index + 1}`);
      form.dataset.changed = '';
      form.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const prepare = (row) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Remove' });
      row.querySelector('.remove').replaceChildren(button);
      button.addEventListener('click', () => {
        const before = there();
        const neighbour = before[before.indexOf(row) + 1] ?? before[before.indexOf(row) - 1];
        row.remove();
        (neighbour ? first(neighbour) : add).focus();
        changed();
      });
    };
    for (const row of there().slice(Math.max(1, Number(rows.dataset.rows)))) row.remove();
    for (const row of there()) prepare(row);
    next = there().length;
    add.hidden = false;
    add.addEventListener('click', () => {
      const copy = template.content.cloneNode(true);
      for (const element of copy.querySelectorAll('*')) {
        for (const { name, value } of [...element.attributes]) {
          if (value.includes('NEXT')) element.setAttribute(name, value.replaceAll('NEXT', next));
        }
      }
      next += 1;
      const row = copy.querySelector('[data-row]');
      prepare(row);
      template.before(row);
      first(row).focus();
      changed();
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
      if (control.type === 'file') return false;
      return control.type === 'checkbox' ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;
    };
    const isAnyTyped = () => 'changed' in form.dataset || [...form.querySelectorAll('input, select, textarea')].some(isTyped);
    // Unsaved input is not lost without a question.
    let sent = false;
    form.addEventListener('submit', () => { sent = true; });
    window.addEventListener('pageshow', () => { sent = false; });
    window.addEventListener('beforeunload', (event) => {
      if (!sent && isAnyTyped()) event.preventDefault();
    });
    const look = () => {
      const typed = isAnyTyped();
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

  // The path of a draft goes on while the page is open: another step is next, and its button the primary one.
  const goOn = (template) => {
    const steps = document.querySelector('.steps')?.closest('nav');
    if (!template || !steps) return;
    const path = template.content.querySelector('nav');
    const next = path.querySelector('[aria-current=step]').getAttribute('href').slice(1);
    steps.replaceWith(path);
    for (const step of document.querySelectorAll('.step')) {
      step.querySelector('button[type=submit]:not(.danger)')?.classList.toggle('primary', step.id === next);
    }
  };

  // Asks again for a part of the page: soon while something is under way, else after the seconds that the part names. Keeps open sections
  // open, the focus where it is, and a text that someone selects.
  const watchPart = (part) => {
    let last = null;
    // Until something was collected, the rest of the page has no figures.
    const hasFigures = () => part.querySelector('[data-figures]') !== null;
    const hadFigures = hasFigures();
    const wait = () => (part.querySelector('[data-running]') ? LOOK : Number(part.dataset.look ?? 0) * 1000);
    const place = () => [...part.querySelectorAll('summary, button, pre, a')];
    const isSelected = () => {
      const selection = getSelection();
      return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    };
    // What changed, for those who do not see it.
    const spoken = () => part.querySelector('[data-say]')?.dataset.say;
    const voice = Object.assign(document.createElement('p'), { className: 'unseen' });
    voice.setAttribute('role', 'status');
    if (spoken()) part.after(voice);
    const show = (text) => {
      const before = spoken();
      const open = [...part.querySelectorAll('details[data-keep][open]')].map((details) => details.dataset.keep);
      const focused = place().indexOf(document.activeElement);
      part.innerHTML = text;
      for (const details of part.querySelectorAll('details[data-keep]')) details.open = open.includes(details.dataset.keep);
      const verdict = part.querySelector('[data-verdict]');
      const copy = document.querySelector('[data-verdict-copy]');
      if (verdict && copy) copy.textContent = verdict.textContent;
      if (focused >= 0) place()[focused]?.focus({ preventScroll: true });
      goOn(part.querySelector('template[data-steps]'));
      if (spoken() !== before) voice.textContent = spoken() ?? '';
      dress(part);
      if (!hadFigures && hasFigures()) location.reload();
    };
    const look = async () => {
      if (!document.hidden) {
        try {
          const answer = await fetch(part.dataset.fragment, { redirect: 'manual' });
          // The session has ended: keep the page as it is.
          if (answer.type === 'opaqueredirect' || answer.status === 404) return;
          const text = answer.ok ? await answer.text() : last;
          if (text !== null && text !== last && !isSelected()) {
            last = text;
            show(text);
          }
        } catch {
          // The server is down: keep the page and try again.
        }
      }
      if (wait() > 0) setTimeout(look, wait());
    };
    if (wait() > 0) setTimeout(look, wait());
  };

  const dress = (part) => {
    showCopies(part);
    showTimes(part);
  };

  dress(document);
  for (const form of document.querySelectorAll('form[data-check]')) {
    watchForm(form);
    holdWhatFollows(form);
    for (const rows of form.querySelectorAll('[data-rows]')) watchRows(rows, form);
  }
  for (const part of document.querySelectorAll('[data-fragment]')) watchPart(part);
  // A link to a folded part unfolds it.
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const folded = target && target.querySelector(':scope > details, :scope > section > details');
  if (folded) folded.open = true;
})();
