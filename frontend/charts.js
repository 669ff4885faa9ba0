// Draws `<div class="chart" data-chart><script type="application/json">…</script></div>`.
//
// {"type": "bar" | "line" | "pie", "label": "what it shows", "labels": […], "series": [{"name", "values"}],
//  "stacked": false}
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  BarChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer,
]);

const COLOURS = ["#0e5f70", "#d98a29", "#5b8c5a", "#8a5a9e", "#b8503f", "#4a7ab8", "#8c8c8c"];

function options({ type, labels, series, stacked }) {
  const style = getComputedStyle(document.body);
  const shared = {
    color: COLOURS,
    aria: { enabled: true, decal: { show: series.length > 2 } },
    textStyle: { fontFamily: style.fontFamily, color: style.color },
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
    // Drawn on the canvas: as HTML it would carry inline styles, which the page's policy refuses.
    tooltip: { trigger: type === "pie" ? "item" : "axis", renderMode: "richText" },
    legend: series.length > 1 || type === "pie" ? { bottom: 0, type: "scroll" } : undefined,
  };
  if (type === "pie") {
    const data = labels.map((name, at) => ({ name, value: series[0].values[at] }));
    return { ...shared, series: [{ type: "pie", radius: ["45%", "70%"], center: ["50%", "45%"], data }] };
  }
  return {
    ...shared,
    grid: { top: 16, left: 8, right: 8, bottom: series.length > 1 ? 36 : 8, containLabel: true },
    xAxis: { type: "category", data: labels, axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: "#e8ecef" } } },
    series: series.map(({ name, values }) => ({
      type, name, data: values, stack: stacked ? "all" : undefined, barMaxWidth: 36, smooth: false, symbolSize: 6,
    })),
  };
}

for (const place of document.querySelectorAll("[data-chart]")) {
  const facts = JSON.parse(place.querySelector("script").textContent);
  place.setAttribute("role", "img");
  if (facts.label) place.setAttribute("aria-label", facts.label);
  const chart = echarts.init(place);
  chart.setOption(options(facts));
  new ResizeObserver(() => chart.resize()).observe(place);
}
