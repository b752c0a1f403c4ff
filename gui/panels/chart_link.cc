#include "gui/panels/chart_link.h"

#include <algorithm>

#include "engine/judge/names.h"

namespace shaketable::gui {

void link(ChartView& chart, Workbench& workbench) {
  Workbench* const bench = &workbench;
  ChartView* const view = &chart;
  QObject::connect(view, &ChartView::moment_asked, bench, [bench](proxy::Instant at) {
    bench->play_back(0);
    bench->look_at(at);
  });
  QObject::connect(view, &ChartView::cursor_moved, bench, &Workbench::point_at);
  QObject::connect(view, &ChartView::mark_asked, bench, &Workbench::set_mark);
  QObject::connect(view, &ChartView::range_asked, bench, &Workbench::show_range);
  QObject::connect(bench, &Workbench::cursor_changed, view, [bench, view] {
    view->set_span(bench->range_to(), bench->range_from());
    view->set_cursor(bench->cursor());
    view->set_marks(bench->mark(Mark::kA), bench->mark(Mark::kB));
  });
  QObject::connect(bench, &Workbench::moment_changed, view, [bench, view] {
    view->set_span(bench->range_to(), bench->range_from());
    view->set_moment(bench->moment());
  });
  QObject::connect(bench, &Workbench::notes_changed, view,
                   [bench, view] { view->set_notes(bench->notes()); });
  view->set_notes(workbench.notes());
  view->set_span(workbench.range_to(), workbench.range_from());
  view->set_moment(workbench.moment());
  view->set_marks(workbench.mark(Mark::kA), workbench.mark(Mark::kB));
}

std::vector<ChartBand> fault_bands(const engine::Scenario& scenario, engine::Instant end) {
  std::vector<ChartBand> bands;
  for (const engine::Fault& fault : scenario.faults) {
    bands.push_back({.name = QString::fromStdString(fault.name),
                     .from = fault.at,
                     .to = std::min(engine::end_of_fault(fault), std::max(end, fault.at))});
  }
  return bands;
}

std::vector<ChartBand> fault_bands(const Workbench& workbench) {
  const RunEntry* const shown = workbench.shown();
  const engine::Scenario* const scenario =
      shown != nullptr ? &shown->scenario->scenario : workbench.scenario();
  return scenario == nullptr ? std::vector<ChartBand>() : fault_bands(*scenario, workbench.end());
}

}  // namespace shaketable::gui
