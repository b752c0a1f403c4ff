#pragma once

#include <QWidget>
#include <vector>

#include "gui/panels/chart_view.h"
#include "gui/workbench/workbench.h"

class QLabel;

namespace shaketable::gui {

/// Charts of what is selected, or of what the clients see: traffic, errors, latency, and how busy
/// it is. The run that is compared with is drawn dashed.
class ChartsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit ChartsPanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] const std::vector<ChartView*>& charts() const { return charts_; }
  /// What the charts show, as a person would say it: "payment", "all clients".
  [[nodiscard]] QString subject() const;
  /// All lines as comma-separated values, a row for each bucket.
  [[nodiscard]] QString csv() const;

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void refresh();
  void refresh_moment();
  void add_lines(const RunEntry& entry, bool is_baseline);

  Workbench& workbench_;
  QLabel* heading_ = nullptr;
  std::vector<ChartView*> charts_;
  std::vector<std::vector<ChartLine>> lines_;  ///< By chart, while they are gathered.
};

/// The spans of a scenario's faults up to `end`.
[[nodiscard]] std::vector<ChartBand> fault_bands(const engine::Scenario& scenario,
                                                 engine::Instant end);

}  // namespace shaketable::gui
