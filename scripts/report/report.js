/* What moves in a report: charts (dygraphs) and the cards that show where a figure comes from.
 * Without it the page still reads: figures link to the list of sources, charts have their tables. */
(function () {
  'use strict';
  var DAY = 86400000;
  function css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function make(tag, className, text) {
    var e = document.createElement(tag);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  }

  /* ---- cards ---- */
  var card = null, pinned = false, opener = null, timer = 0;

  function closeCard(refocus) {
    clearTimeout(timer);
    if (card) card.remove();
    if (refocus && opener) opener.focus({ preventScroll: true });
    card = opener = null;
    pinned = false;
  }
  /* The content of an entry with its inputs' in place of the links to them, level by level, as many as
   * a card can show; filings are part of their fact and always stand in it. */
  function copyOf(id) {
    var out = make('div'), entry = document.getElementById(id);
    if (entry) out.innerHTML = entry.innerHTML;
    return out;
  }
  function unfold(id, most) {
    var out = copyOf(id), level = Array.from(out.querySelectorAll('a.in')), next;
    for (; level.length; level = next) {
      next = [];
      level.forEach(function (link) {
        var to = link.getAttribute('href').slice(1);
        if (to[0] !== 'f' && most-- <= 0) return;
        var inner = copyOf(to);
        next.push.apply(next, inner.querySelectorAll('a.in'));
        link.replaceWith.apply(link, inner.childNodes);
      });
    }
    return out;
  }
  function openCard(id, at, from, pin, name, status) {
    closeCard(false);
    opener = from;
    pinned = pin;
    card = make('div', 'card');
    card.setAttribute('role', 'dialog');
    card.setAttribute('aria-label', 'Where this figure comes from: ' + name);
    card.appendChild(make('span', 'label', name));
    if (status) card.appendChild(make('span', 'status', ' ' + status));
    var tree = unfold(id, 48);
    tree.className = 'tree';
    tree.querySelectorAll('a.in').forEach(function (rest) {
      rest.addEventListener('click', function (event) { /* what did not fit opens in its turn */
        event.preventDefault();
        event.stopPropagation();
        openCard(rest.getAttribute('href').slice(1), at, from, true, rest.textContent, '');
      });
    });
    card.appendChild(tree);
    if (pin) {
      var button = make('button', '', '×');
      button.setAttribute('aria-label', 'Close');
      button.onclick = function () { closeCard(true); };
      card.insertBefore(button, card.firstChild);
    }
    card.onmouseenter = function () { clearTimeout(timer); };
    card.onmouseleave = leave;
    document.body.appendChild(card);
    place(at);
    if (pin) card.querySelector('button').focus({ preventScroll: true });
  }
  function place(at) {
    var box = card.getBoundingClientRect(), width = document.documentElement.clientWidth;
    var left = Math.max(8, Math.min(at.left, width - box.width - 8));
    var below = at.bottom + 6, top = below + box.height > innerHeight && at.top > box.height + 6
      ? at.top - box.height - 6 : below;
    card.style.left = left + scrollX + 'px';
    card.style.top = top + scrollY + 'px';
  }
  function leave() {
    if (!pinned) timer = setTimeout(function () { closeCard(false); }, 220);
  }
  document.querySelectorAll('a.fig').forEach(function (link) {
    var id = link.getAttribute('href').slice(1), name = link.title, mark = link.nextElementSibling;
    var status = mark && mark.classList.contains('ev') ? mark.getAttribute('aria-label') : '';
    link.removeAttribute('title');
    link.setAttribute('aria-haspopup', 'dialog');
    link.addEventListener('mouseenter', function () {
      if (pinned) return;
      clearTimeout(timer);
      timer = setTimeout(function () { openCard(id, link.getBoundingClientRect(), link, false, name, status); }, 120);
    });
    link.addEventListener('mouseleave', function () { clearTimeout(timer); leave(); });
    link.addEventListener('click', function (event) {
      event.preventDefault();
      openCard(id, link.getBoundingClientRect(), link, true, name, status);
    });
  });
  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape' && card) closeCard(true);
  });
  document.addEventListener('click', function (event) {
    if (card && pinned && !card.contains(event.target) && !event.target.closest('a.fig, .plot')) closeCard(false);
  });

  /* ---- charts ---- */
  function format(value, digits) {
    return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
      .replace('-', '−');
  }
  function chart(box) {
    var spec = JSON.parse(box.querySelector('script').textContent);
    var plot = box.querySelector('.plot'), legend = box.querySelector('.legend'),
      readout = box.querySelector('.readout'), graph = null;
    var bands = {}, lines = [];
    spec.columns.forEach(function (column) {
      if (column.role === 'lower' || column.role === 'upper') {
        bands[column.level] = bands[column.level] || { level: column.level };
        bands[column.level][column.role] = column.values;
      } else lines.push(column);
    });
    bands = Object.keys(bands).map(function (key) { return bands[key]; })
      .sort(function (a, b) { return b.level - a.level; }); /* the widest first, under the others */

    function color(k) {
      return css(lines[k].color);
    }
    function bandColor(i) {
      return 'rgba(' + css('--band') + ',' + (0.16 + 0.14 * i) + ')';
    }
    function extent() {
      var low = Infinity, high = -Infinity;
      spec.columns.forEach(function (column) {
        column.values.forEach(function (v) {
          if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); }
        });
      });
      spec.lines.forEach(function (line) { high = Math.max(high, line.value); low = Math.min(low, line.value); });
      var pad = (high - low) * 0.06 || 1;
      return [spec.zero && low >= 0 ? 0 : low - pad, high + pad];
    }
    /* A forecast is drawn from the last observed point on: [row, value], or null. */
    function origin() {
      var mean = lines.filter(function (line) { return line.role === 'mean'; })[0], r;
      if (!mean) return null;
      for (r = 0; r < mean.values.length && mean.values[r] === null; r++);
      for (r--; r >= 0; r--) if (lines[0].values[r] !== null) return [r, lines[0].values[r]];
      return null;
    }
    function rows() {
      var from = origin();
      return spec.days.map(function (day, r) {
        return [new Date(day * DAY)].concat(lines.map(function (line) {
          return line.role === 'mean' && from && from[0] === r ? from[1] : line.values[r];
        }));
      });
    }
    function paintBand(ctx, g, band) {
      var up = [], down = [], from = origin();
      if (from) up.push(g.toDomCoords(spec.days[from[0]] * DAY, from[1]));
      spec.days.forEach(function (day, r) {
        if (band.lower[r] === null || band.upper[r] === null) return;
        up.push(g.toDomCoords(day * DAY, band.upper[r]));
        down.unshift(g.toDomCoords(day * DAY, band.lower[r]));
      });
      ctx.beginPath();
      up.concat(down).forEach(function (p, i) { ctx[i ? 'lineTo' : 'moveTo'](p[0], p[1]); });
      ctx.closePath();
      ctx.fill();
    }
    function rule(ctx, from, to) {
      ctx.beginPath();
      ctx.moveTo(from[0], from[1]);
      ctx.lineTo(to[0], to[1]);
      ctx.stroke();
    }
    function underlay(ctx, area, g) {
      ctx.save();
      bands.forEach(function (band, i) {
        ctx.fillStyle = bandColor(i);
        paintBand(ctx, g, band);
      });
      ctx.strokeStyle = css('--soft');
      ctx.lineWidth = 1;
      if (ctx.setLineDash) ctx.setLineDash([4, 3]);
      if (spec.marker) {
        var x = g.toDomXCoord(spec.marker.x * DAY);
        rule(ctx, [x, area.y], [x, area.y + area.h]);
      }
      spec.lines.forEach(function (line) {
        var y = g.toDomYCoord(line.value);
        rule(ctx, [area.x, y], [area.x + area.w, y]);
      });
      ctx.restore();
    }
    function lastOf(line) {
      var r = line.values.length - 1;
      while (r >= 0 && line.values[r] === null) r--;
      return r;
    }
    /* A line that ends in the last tenth can bear its name in the margin. */
    function endsNearEdge(line) {
      var r = lastOf(line), days = spec.days, last = days[days.length - 1];
      return r >= 0 && last - days[r] <= 0.1 * (last - days[0]);
    }
    /* Names at the ends of lines, pushed apart; none where the page is narrow: the legend serves. */
    function label(g) {
      plot.querySelectorAll('.end-label, .mark-label').forEach(function (e) { e.remove(); });
      var area = g.getArea(), ends = [];
      if (spec.marker) {
        var mark = make('span', 'mark-label', spec.marker.label), x = g.toDomXCoord(spec.marker.x * DAY);
        plot.appendChild(mark);
        var fits = x - area.x > mark.offsetWidth + 8;
        mark.style.left = (fits ? x - mark.offsetWidth - 5 : x + 5) + 'px';
        mark.style.top = area.y + 3 + 'px';
      }
      spec.lines.forEach(function (line) {
        var text = make('span', 'mark-label', line.label);
        plot.appendChild(text);
        text.style.left = area.x + 5 + 'px';
        text.style.top = g.toDomYCoord(line.value) - 15 + 'px';
      });
      if (plot.clientWidth < 560) return;
      lines.forEach(function (line, k) {
        var r = lastOf(line), x = r >= 0 ? g.toDomXCoord(spec.days[r] * DAY) : 0;
        if (endsNearEdge(line)) ends.push({ line: line, k: k, x: Math.max(x, area.x + area.w), y: g.toDomYCoord(line.values[r]) });
      });
      ends.sort(function (a, b) { return a.y - b.y; });
      for (var i = 1; i < ends.length; i++) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + 15);
      ends.forEach(function (end) {
        var text = make('span', 'end-label', end.line.name);
        text.style.color = color(end.k);
        text.style.left = end.x + 7 + 'px';
        text.style.top = end.y - 6 + 'px';
        plot.appendChild(text);
      });
    }
    function say(r) {
      readout.textContent = '';
      if (r === null) return;
      readout.appendChild(make('b', '', spec.periods[r]));
      var parts = [];
      lines.forEach(function (line) {
        if (line.values[r] !== null) parts.push(line.name + ' ' + format(line.values[r], spec.digits));
      });
      bands.forEach(function (band) {
        if (band.lower[r] !== null) {
          parts.push(band.level + ' %: ' + format(band.lower[r], spec.digits) + ' to ' + format(band.upper[r], spec.digits));
        }
      });
      readout.appendChild(document.createTextNode(' · ' + parts.join(' · ') + (spec.unit ? ' ' + spec.unit : '')));
    }
    /* A mark at the start of each year, or of each quarter in a short span; every second, fourth … where
     * they would crowd. */
    function ticks(from, to) {
      var first = new Date(from).getUTCFullYear(), last = new Date(to).getUTCFullYear(), out = [], y, q;
      var quarters = last - first < 3, room = plot.clientWidth / (quarters ? 62 : 48);
      for (y = first; y <= last; y++) {
        for (q = 0; q < (quarters ? 4 : 1); q++) {
          out.push({ v: Date.UTC(y, 3 * q, 1), label: q ? 'Q' + (q + 1) : String(y) });
        }
      }
      out = out.filter(function (t) { return t.v >= from && t.v <= to; });
      var step = 1;
      while (out.length / step > room) step *= 2;
      return out.filter(function (t, i) { return (out.length - 1 - i) % step === 0; });
    }
    function styles() {
      var out = {};
      lines.forEach(function (line, k) {
        out[line.name] = {
          color: color(k),
          strokePattern: line.style === 'dashed' ? [6, 4] : null,
          strokeWidth: line.style === 'points' ? 0 : 2,
          drawPoints: line.style === 'points',
          pointSize: line.style === 'points' ? 3.5 : 2
        };
      });
      return out;
    }
    function pick(event, _x, points) {
      var best = null;
      points.forEach(function (p) {
        var d = Math.abs(p.canvasy - (event.offsetY || 0));
        if (best === null || d < best.d) best = { d: d, name: p.name, r: p.idx };
      });
      if (!best) return;
      lines.forEach(function (line) {
        if (line.name === best.name && line.refs[best.r]) {
          openCard(line.refs[best.r], { left: event.clientX, top: event.clientY, bottom: event.clientY }, plot, true,
            line.name + ', ' + spec.periods[best.r], '');
        }
      });
    }
    function draw() {
      if (graph) graph.destroy();
      plot.textContent = '';
      var wide = plot.clientWidth >= 560, longest = 0;
      lines.forEach(function (line) { longest = Math.max(longest, line.name.length); });
      legend.hidden = wide && !bands.length && lines.every(endsNearEdge); /* there the names stand at the lines' ends */
      var defaults = Dygraph.defaultInteractionModel;
      graph = new Dygraph(plot, rows(), {
        labels: ['period'].concat(lines.map(function (line) { return line.name; })),
        series: styles(), legend: 'never', labelsUTC: true, valueRange: extent(),
        rightGap: wide ? 14 + longest * 7.4 : 8, gridLineColor: css('--grid'), gridLineWidth: 1,
        axisLineColor: css('--rule'), highlightCircleSize: 4, connectSeparatedPoints: true, xRangePad: 5,
        axes: {
          x: { drawGrid: false, ticker: ticks, axisLabelFormatter: function (d) { return d; } },
          y: { axisLabelWidth: 46, axisLabelFormatter: function (v, granularity, opts, g) {
            var range = g.yAxisRange(0), span = range[1] - range[0];
            return format(v, span > 8 ? 0 : span > 0.8 ? 1 : 2);
          } }
        },
        interactionModel: { mousedown: defaults.mousedown, dblclick: defaults.dblclick, willDestroyContextMyself: true },
        underlayCallback: underlay, drawCallback: label,
        highlightCallback: function (event, x, points, r) { say(r); },
        unhighlightCallback: function () { say(null); },
        clickCallback: pick
      });
    }
    plot.addEventListener('keydown', function (event) {
      var step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      var now = graph.getSelection(), last = spec.days.length - 1;
      var to = now < 0 ? (step > 0 ? 0 : last) : Math.max(0, Math.min(last, now + step));
      graph.setSelection(to);
      say(to);
      event.preventDefault();
    });
    draw();
    return draw;
  }

  var redraws = [];
  if (window.Dygraph) document.documentElement.classList.add('live'); /* before that, charts are still pictures */
  if (window.Dygraph) document.querySelectorAll('figure.chart').forEach(function (box) { redraws.push(chart(box)); });
  function redraw() { redraws.forEach(function (draw) { draw(); }); }
  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  if (dark.addEventListener) dark.addEventListener('change', redraw);
  var width = document.documentElement.clientWidth, pending = 0;
  window.addEventListener('resize', function () {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    clearTimeout(pending);
    pending = setTimeout(redraw, 120);
  });
})();
