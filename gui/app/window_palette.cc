#include "gui/app/fault_kinds.h"
#include "gui/app/main_window.h"
#include "gui/panels/palette_panel.h"

// The palette, and what is dragged out of it.
namespace shaketable::gui {

void MainWindow::create_palette() {
  std::vector<PaletteRow> rows = {{tr("Mesh"),
                                   tr("Service"),
                                   tr("A new service"),
                                   {.key = QStringLiteral("service"), .on_ground = true}},
                                  {tr("Mesh"),
                                   tr("Load"),
                                   tr("Clients that send requests to a service"),
                                   {.key = QStringLiteral("send_load"), .on_service = true}}};
  for (const FaultKindInfo& kind : fault_kinds()) {
    const QString title =
        std::string_view(kind.key) == "load" ? tr("More or less load") : tr(kind.title);
    rows.push_back({tr("Faults"),
                    title,
                    tr(kind.about),
                    {.key = QLatin1String(kind.key),
                     .on_service = kind.on_service,
                     .on_edge = kind.on_edge,
                     .on_ground = kind.on_ground}});
  }
  palette_ = new PalettePanel(std::move(rows), this);
}

void MainWindow::use_part(const QString& key, const Selection& on, const QPointF& at) {
  if (key == QLatin1String("service")) {
    add_service_at(at);
    return;
  }
  workbench_.select(on);
  if (key == QLatin1String("send_load")) {
    send_load();
    return;
  }
  // Not within the drop: the program that drags waits for its end.
  QMetaObject::invokeMethod(
      this, [this, on, key] { break_dialog(on, key); }, Qt::QueuedConnection);
}

void MainWindow::use_part_on_selection(const Part& part) {
  const auto target = part.target(workbench_.selection());
  if (target || part.on_ground) {
    use_part(part.key, target.value_or(Selection{}),
             canvas_->to_scene(QPointF(canvas_->width(), canvas_->height()) / 2));
    return;
  }
  Q_EMIT workbench_.said(part.on_service && part.on_edge ? tr("Select a service or a call first")
                         : part.on_service               ? tr("Select a service first")
                                                         : tr("Select a call first"),
                         false);
}

}  // namespace shaketable::gui
