#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <memory>
#include <vector>

#include "gui/analysis/split_bars.h"
#include "gui/panels/chart_view.h"
#include "gui/workbench/workbench.h"

class QComboBox;
class QLabel;

namespace shaketable::gui {

/// Versions of a service side by side: the wanted split and the one that came about, rate, errors
/// and latency of each, at the moment and over the measured run, and what the judges of canary
/// tools would have said. All figures are those of engine/judge/canary.h and of the record.
class CanaryPanel : public QWidget {
  Q_OBJECT

 public:
  explicit CanaryPanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] QComboBox& service() { return *service_; }
  [[nodiscard]] const SplitBars& bars() const { return *bars_; }
  [[nodiscard]] QTreeWidget& versions() { return *versions_; }
  /// Share, errors and p99 of each version.
  [[nodiscard]] const std::vector<ChartView*>& charts() const { return charts_; }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void create_left(QWidget* parent);
  void refresh();
  void rebuild();
  void refresh_moment();
  void follow_selection();
  void list_opinions(QTreeWidgetItem& item, const engine::CanaryAnalysis& canary,
                     engine::VersionIndex version);
  void draw_charts();
  [[nodiscard]] const engine::CanaryAnalysis* canary() const;
  [[nodiscard]] QString version_name(std::size_t version) const;
  [[nodiscard]] const engine::Series* series_of(std::size_t version) const {
    return version < series_.size() ? series_[version] : nullptr;
  }
  [[nodiscard]] std::vector<std::int64_t> split_at(std::size_t bucket) const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QComboBox* service_ = nullptr;
  QLabel* words_ = nullptr;
  SplitBars* bars_ = nullptr;
  QTreeWidget* versions_ = nullptr;
  std::vector<ChartView*> charts_;
  std::shared_ptr<const RunResult> run_;
  std::vector<const engine::Series*> series_;  ///< By version; null where it was not recorded.
};

}  // namespace shaketable::gui
