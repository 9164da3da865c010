/* Draws the charts of a page with the Chart.js that unfold ships. A canvas names its kind in data-chart and the element
   with its data (JSON written by Django's json_script) in data-source. The colours are those of openline.css. */
(() => {
  "use strict";

  const drawn = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--ol-${name}`).trim();

  const isoDay = (text) => text.slice(5);

  const frame = () => {
    const soft = colour("soft");
    const line = colour("line");
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: {
          position: "bottom",
          align: "start",
          labels: { color: soft, usePointStyle: true, boxWidth: 7, boxHeight: 7, padding: 14 },
        },
        tooltip: {
          backgroundColor: colour("surface"),
          titleColor: colour("ink"),
          bodyColor: colour("ink"),
          borderColor: line,
          borderWidth: 1,
          padding: 10,
          usePointStyle: true,
          boxPadding: 4,
        },
      },
      scales: {
        x: {
          grid: { display: false },
          border: { color: line },
          ticks: { color: soft, maxRotation: 0, autoSkipPadding: 18 },
        },
        y: {
          grid: { color: line },
          border: { display: false },
          ticks: { color: soft },
        },
      },
    };
  };

  const dayTicks = function (value) {
    return isoDay(this.getLabelForValue(value));
  };

  const percentTicks = (value) => `${Math.round(value * 1000) / 10}%`;

  const percentLabel = (item) =>
    item.raw === null ? "" : ` ${item.dataset.label}: ${(item.raw * 100).toFixed(1)}%`;

  /* Points by day, with the lines of the grades behind and a larger dot where the grade changed. */
  const history = (data) => {
    const options = frame();
    const isChange = data.changes;
    const dot = data.tones.map((tone) => colour(tone));
    options.scales.x.ticks.callback = dayTicks;
    options.scales.y.suggestedMin = data.lowest;
    options.scales.y.max = 100;
    options.plugins.legend.display = false;
    options.layout = { padding: { right: data.rungs.length ? 26 : 0 } };
    options.plugins.tooltip.callbacks = {
      label: (item) => ` ${data.names.points}: ${item.formattedValue}`,
      afterLabel: (item) => ` ${data.names.grade}: ${data.grades[item.dataIndex]}`,
    };
    const bands = {
      id: "bands",
      beforeDatasetsDraw: (chart) => {
        const { ctx, chartArea, scales } = chart;
        ctx.save();
        ctx.font = `600 11px ${Chart.defaults.font.family}`;
        for (const rung of data.rungs) {
          const y = scales.y.getPixelForValue(rung.from_points);
          if (rung.from_points > scales.y.min && y > chartArea.top && y < chartArea.bottom) {
            ctx.strokeStyle = colour(rung.tone);
            ctx.globalAlpha = 0.55;
            ctx.setLineDash([4, 4]);
            ctx.beginPath();
            ctx.moveTo(chartArea.left, y);
            ctx.lineTo(chartArea.right, y);
            ctx.stroke();
          }
          if (rung.from_points >= scales.y.min && y <= chartArea.bottom + 1) {
            ctx.globalAlpha = 1;
            ctx.fillStyle = colour(rung.tone);
            ctx.textBaseline = "middle";
            ctx.fillText(rung.name, chartArea.right + 6, y);
          }
        }
        ctx.restore();
      },
    };
    return {
      type: "line",
      data: {
        labels: data.days,
        datasets: [
          {
            label: data.names.points,
            data: data.points,
            borderColor: colour("brand"),
            backgroundColor: colour("brand"),
            borderWidth: 2,
            tension: 0.25,
            spanGaps: true,
            pointRadius: isChange.map((change) => (change ? 5 : data.days.length > 45 ? 0 : 2)),
            pointHoverRadius: 6,
            pointBackgroundColor: isChange.map((change, index) => (change ? dot[index] : colour("brand"))),
            pointBorderColor: isChange.map((change) => (change ? colour("surface") : colour("brand"))),
            pointBorderWidth: isChange.map((change) => (change ? 2 : 0)),
          },
        ],
      },
      options,
      plugins: [bands],
    };
  };

  /* Rates by day as lines, turns as quiet bars behind them. */
  const rates = (data) => {
    const options = frame();
    options.scales.x.ticks.callback = dayTicks;
    options.scales.y.min = data.lowest;
    options.scales.y.max = 1;
    options.scales.y.ticks.callback = percentTicks;
    options.scales.count = {
      position: "right",
      beginAtZero: true,
      suggestedMax: Math.max(1, ...data.turns) * 2.5,
      grid: { display: false },
      border: { display: false },
      ticks: { color: colour("soft"), precision: 0, maxTicksLimit: 4 },
    };
    options.plugins.tooltip.callbacks = {
      label: (item) =>
        item.dataset.yAxisID === "count" ? ` ${item.dataset.label}: ${item.formattedValue}` : percentLabel(item),
    };
    const line = (label, values, name) => ({
      type: "line",
      label,
      data: values,
      borderColor: colour(name),
      backgroundColor: colour(name),
      pointStyle: "circle",
      borderWidth: 2,
      pointRadius: data.days.length > 45 ? 0 : 2,
      pointHoverRadius: 5,
      spanGaps: true,
      tension: 0.25,
    });
    const datasets = [line(data.names.on_time, data.on_time, "brand"), line(data.names.answered, data.answered, "good")];
    datasets.push({
      type: "bar",
      label: data.names.turns,
      data: data.turns,
      yAxisID: "count",
      backgroundColor: colour("line"),
      pointStyle: "rect",
      categoryPercentage: 0.9,
      barPercentage: 0.9,
    });
    return { data: { labels: data.days, datasets }, options };
  };

  /* How long answers took: a bar per span of time, those in time in another colour than the late and the missing. */
  const waits = (data) => {
    const options = frame();
    options.plugins.legend.display = false;
    options.scales.x.ticks.autoSkip = false;
    options.scales.x.ticks.maxRotation = 60;
    options.scales.y.beginAtZero = true;
    options.scales.y.ticks.precision = 0;
    options.plugins.tooltip.callbacks = {
      label: (item) => ` ${item.formattedValue} (${((item.raw / Math.max(1, data.total)) * 100).toFixed(1)}%)`,
    };
    return {
      type: "bar",
      data: {
        labels: data.spans,
        datasets: [
          { data: data.turns, backgroundColor: data.tones.map((tone) => colour(tone)), borderRadius: 4, maxBarThickness: 56 },
        ],
      },
      options,
    };
  };

  /* Shops by grade; a bar opens its shops. */
  const grades = (data) => {
    const options = frame();
    options.plugins.legend.display = false;
    options.scales.x.ticks.autoSkip = false;
    options.scales.x.ticks.maxRotation = 60;
    options.scales.y.beginAtZero = true;
    options.scales.y.ticks.precision = 0;
    options.onClick = (event, hits) => {
      if (hits.length) window.location.assign(data.links[hits[0].index]);
    };
    options.onHover = (event, hits) => {
      event.native.target.style.cursor = hits.length ? "pointer" : "default";
    };
    return {
      type: "bar",
      data: {
        labels: data.grades,
        datasets: [
          {
            label: data.names.shops,
            data: data.shops,
            backgroundColor: data.tones.map((tone) => colour(tone)),
            borderRadius: 6,
            maxBarThickness: 72,
          },
        ],
      },
      options,
    };
  };

  /* Messages by the hour, the rejected ones on top of those that were kept. */
  const hours = (data) => {
    const options = frame();
    options.scales.x.stacked = true;
    options.scales.y.stacked = true;
    options.scales.y.beginAtZero = true;
    options.scales.y.ticks.precision = 0;
    const bars = (label, values, name) => ({
      label,
      data: values,
      backgroundColor: colour(name),
      pointStyle: "rect",
      categoryPercentage: 0.9,
      barPercentage: 0.9,
    });
    const datasets = [bars(data.names.kept, data.kept, "brand"), bars(data.names.rejected, data.rejected, "bad")];
    return { type: "bar", data: { labels: data.hours, datasets }, options };
  };

  const kinds = { history, rates, waits, grades, hours };

  const draw = (canvas) => {
    const source = document.getElementById(canvas.dataset.source);
    const data = JSON.parse(source.textContent);
    return new Chart(canvas, kinds[canvas.dataset.chart](data));
  };

  const drawAll = () => {
    for (const chart of drawn.splice(0)) chart.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) drawn.push(draw(canvas));
  };

  const start = () => {
    drawAll();
    /* Colours follow the page when it turns dark or light. */
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
