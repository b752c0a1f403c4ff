#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <memory>

#include "gui/analysis/waterfall_view.h"
#include "gui/workbench/workbench.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QScrollArea;

namespace shaketable::gui {

/// Single requests that were followed through the mesh: failed ones, slow ones, usual ones; each as
/// a waterfall with the reason of every decision that a sidecar, a client or a host made.
class TracesPanel : public QWidget {
  Q_OBJECT

 public:
  explicit TracesPanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] QTreeWidget& list() { return *list_; }
  [[nodiscard]] QTreeWidget& decisions() { return *decisions_; }
  [[nodiscard]] WaterfallView& waterfall() { return *waterfall_; }
  [[nodiscard]] QComboBox& kind() { return *kind_; }
  [[nodiscard]] QLineEdit& filter() { return *filter_; }
  [[nodiscard]] QCheckBox& selected_only() { return *selected_only_; }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void create_list(QWidget* parent);
  void refresh();
  void rebuild();
  void show_current();
  [[nodiscard]] bool is_wanted(const engine::Trace& trace) const;
  [[nodiscard]] QString journey_of(const engine::Trace& trace) const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QComboBox* kind_ = nullptr;
  QLineEdit* filter_ = nullptr;
  QCheckBox* selected_only_ = nullptr;
  QTreeWidget* list_ = nullptr;
  WaterfallView* waterfall_ = nullptr;
  QTreeWidget* decisions_ = nullptr;
  std::shared_ptr<const RunResult> run_;
  std::uint64_t shown_ = 0;  ///< Number of the request that is shown; 0: none.
};

}  // namespace shaketable::gui
