#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <memory>

#include "gui/canvas/theme.h"
#include "gui/workbench/workbench.h"

class QLabel;

namespace shaketable::gui {

/// How trouble travelled: where it began, which service left its normal state because of which
/// other, by what evidence, and how much load retries added on each call. With a service selected
/// that was out of its normal state, the way back from it: "why is this red?".
class CascadePanel : public QWidget {
  Q_OBJECT

 public:
  explicit CascadePanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] QTreeWidget& steps() { return *steps_; }
  [[nodiscard]] QTreeWidget& amplification() { return *amplification_; }
  /// What stands above: the whole story, or that of the selected service.
  [[nodiscard]] QString headline() const;

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void refresh();
  void refresh_headline();
  void refresh_moment();
  void list_steps(const RunResult& run);
  void add_evidence(QTreeWidgetItem& item, const engine::Scenario& scenario,
                    const engine::CascadeStep& step);
  void list_coincidences(const engine::Cascade& cascade);
  void list_loops(const RunResult& run, const std::vector<QTreeWidgetItem*>& roots);
  void list_amplification(const RunResult& run);
  void go(const QTreeWidgetItem& item);

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QLabel* headline_ = nullptr;
  QTreeWidget* steps_ = nullptr;
  QTreeWidget* amplification_ = nullptr;
  std::shared_ptr<const RunResult> listed_;
};

}  // namespace shaketable::gui
