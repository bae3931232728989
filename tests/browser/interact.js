/* Appended to a copy of a report by check.sh: does what a reader does, and leaves the findings in the
 * attribute data-findings of the root, "ok" or the complaints. */
window.addEventListener('load', function () {
  'use strict';
  var bad = [];
  function expect(truth, what) {
    if (!truth) bad.push(what);
  }
  function card() {
    return document.querySelector('.card');
  }
  function press(target, key) {
    target.dispatchEvent(new KeyboardEvent('keydown', { key: key, bubbles: true }));
  }
  var links = document.querySelectorAll('main a.fig'), link = links[0];
  expect(links.length > 0, 'no figure shows where it comes from');
  links.forEach(function (a) {
    expect(document.getElementById(a.getAttribute('href').slice(1)), 'no entry for ' + a.textContent);
  });
  if (link) {
    link.click();
    expect(card() && card().querySelector('.tree').textContent.length > 10, 'a click shows no lineage');
    expect(card() && card().contains(document.activeElement), 'the card takes no focus');
    press(document, 'Escape');
    expect(!card(), 'Escape does not close the card');
    expect(document.activeElement === link, 'focus does not return to the figure');
  }
  document.querySelectorAll('figure.chart').forEach(function (box) {
    var name = box.querySelector('figcaption').textContent, plot = box.querySelector('.plot');
    expect(plot.querySelector('canvas'), name + ': nothing drawn');
    expect(plot.getAttribute('aria-label'), name + ': no alternative text');
    press(plot, 'ArrowLeft');
    expect(/\d/.test(box.querySelector('.readout').textContent), name + ': the keyboard reads nothing out');
  });
  /* A click on the first chart shows where the nearest figure comes from. */
  var chart = document.querySelector('figure.chart .plot');
  if (chart) {
    chart.scrollIntoView();
    var layers = chart.querySelectorAll('canvas'), box = layers[layers.length - 1].getBoundingClientRect();
    var mouse = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true,
                  cancelable: true, view: window, button: 0 };
    layers[layers.length - 1].dispatchEvent(new MouseEvent('mousemove', mouse));
    layers[layers.length - 1].dispatchEvent(new MouseEvent('mousedown', mouse));
    document.dispatchEvent(new MouseEvent('mouseup', mouse));
    expect(card() && card().querySelector('.tree'), 'a click on a chart shows no lineage');
    press(document, 'Escape');
  }
  document.querySelectorAll('table').forEach(function (table) {
    expect(!table.querySelector('thead th:not([scope])'), 'a table head without scope');
  });
  expect(document.documentElement.scrollWidth <= window.innerWidth + 1,
         'the page is wider than the window: ' + document.documentElement.scrollWidth + ' > ' + window.innerWidth);
  if (link) {
    link.dispatchEvent(new MouseEvent('mouseenter'));
    setTimeout(function () {
      expect(card(), 'hovering shows no lineage');
      finish();
    }, 400);
  } else finish();
  function finish() {
    document.documentElement.setAttribute('data-findings', bad.length ? bad.join(' | ') : 'ok');
  }
});
