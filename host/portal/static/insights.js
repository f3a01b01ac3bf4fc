// Draws the charts of pages with figures from the tables behind them. Without it, or without Chart.js, the tables are what there is.
'use strict';

(() => {
  // Of days in a row, the last ones are looked at first.
  for (const days of document.querySelectorAll('table.days')) {
    days.parentElement.scrollLeft = days.parentElement.scrollWidth;
  }

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const drawn = [];

  // What a table has: labels, and for each column its name, unit and numbers. A gap is null, which is never drawn as 0.
  const read = (table) => {
    const heads = [...table.tHead.rows[0].cells].slice(1);
    const rows = [...table.tBodies[0].rows];
    return {
      labels: rows.map((row) => row.cells[0].textContent),
      columns: heads.map((head, column) => ({
        name: head.textContent,
        unit: head.dataset.unit,
        isOther: 'other' in head.dataset,
        numbers: rows.map((row) => {
          const cell = row.cells[column + 1];
          return 'value' in cell.dataset ? Number(cell.dataset.value) : null;
        }),
        // What each value could at least and at most be; null where it is certain.
        bounds: rows.map((row) => {
          const { lower, upper } = row.cells[column + 1].dataset;
          return lower === undefined ? null : [Number(lower), Number(upper)];
        }),
        written: rows.map((row) => row.cells[column + 1].textContent),
      })),
    };
  };

  const draw = (figure) => {
    const { labels, columns } = read(figure.querySelector('table'));
    if (labels.length === 0) return;
    const colours = [style('--occupied'), style('--second')];
    const axis = (column, position) => ({
      position,
      beginAtZero: true,
      title: { display: true, text: column.unit ? `${column.name}, ${column.unit}` : column.name, color: style('--muted') },
      ticks: { color: style('--muted'), precision: column.unit === '%' ? undefined : 0 },
      grid: { color: position === 'left' ? style('--line') : 'transparent' },
    });
    const own = columns.filter((column) => !column.isOther);
    const other = columns.find((column) => column.isOther);
    const scales = { x: { ticks: { color: style('--muted') }, grid: { display: false } }, y: axis(own[0], 'left') };
    if (own.length > 1) scales.y.title.text = own[0].unit;
    if (other) scales.other = axis(other, 'right');
    // The bounds of a bar stand in its place, not on top of it.
    scales.y.stacked = false;
    const isBar = figure.dataset.chart === 'bar';
    const axisOf = (column) => (column.isOther ? 'other' : 'y');
    const bounds = columns.filter((column) => isBar && column.bounds.some((bound) => bound));
    const place = figure.querySelector('.canvas');
    place.hidden = false;
    drawn.push(new Chart(place.querySelector('canvas'), {
      type: figure.dataset.chart,
      data: {
        labels,
        datasets: [
          ...columns.map((column, number) => ({
            label: column.name,
            data: column.numbers,
            yAxisID: axisOf(column),
            stack: bounds.length > 0 ? column.name : undefined,
            order: 1,
            borderColor: colours[number],
            backgroundColor: colours[number],
            borderWidth: isBar ? 0 : 2,
            borderDash: number > 0 && !isBar ? [6, 4] : [],
            maxBarThickness: 36,
          })),
          ...bounds.map((column) => ({
            label: `${column.name}, at least and at most`,
            data: column.bounds,
            yAxisID: axisOf(column),
            stack: column.name,
            order: 0,
            backgroundColor: style('--text'),
            maxBarThickness: 3,
            minBarLength: 3,
          })),
        ],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: 'index', intersect: false },
        scales,
        plugins: {
          legend: { labels: { color: style('--text'), sort: (one, other) => one.datasetIndex - other.datasetIndex } },
          tooltip: {
            filter: (item) => item.datasetIndex < columns.length,
            callbacks: { label: (item) => `${item.dataset.label}: ${columns[item.datasetIndex].written[item.dataIndex]}` },
          },
        },
      },
    }));
    const table = figure.querySelector('details');
    table.open = false;
  };

  const drawAll = () => {
    while (drawn.length > 0) drawn.pop().destroy();
    for (const figure of document.querySelectorAll('figure[data-chart]')) draw(figure);
  };
  if (typeof Chart === 'function') {
    drawAll();
    dark.addEventListener('change', drawAll);
    // On paper there is room for the numbers, and none for a chart that was drawn for another width.
    addEventListener('beforeprint', () => {
      for (const details of document.querySelectorAll('figure[data-chart] details')) details.open = true;
    });
  }

  // A booking that was clicked unfolds its evidence.
  const unfold = () => {
    const row = location.hash && document.getElementById(location.hash.slice(1));
    const details = row && row.querySelector('details');
    if (details) details.open = true;
  };
  addEventListener('hashchange', unfold);
  unfold();
})();
