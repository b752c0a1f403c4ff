#pragma once

#include <QTimer>
#include <QWidget>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "gui/canvas/theme.h"
#include "gui/run/sweep.h"
#include "gui/workbench/workbench.h"

class QCompleter;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableWidget;

namespace shaketable::gui {

/// What a sweep is looked at by.
enum class SweepMetric : std::uint8_t { kErrors, kP99, kP50, kRate, kRetries };
inline constexpr std::array kSweepMetrics = {SweepMetric::kErrors, SweepMetric::kP99,
                                             SweepMetric::kP50, SweepMetric::kRate,
                                             SweepMetric::kRetries};

/// Runs the scenario with several values of one setting, or of two, and shows what came of each as
/// a table whose colours go from the best to the worst. What is chosen there can be taken over.
class SweepPanel : public QWidget {
  Q_OBJECT

 public:
  explicit SweepPanel(Workbench& workbench, QWidget* parent = nullptr);
  ~SweepPanel() override;

  void set_theme(const Theme& theme);
  /// Fills a setting in, "traffic.stock.timeout", to be tried with values.
  void propose(const KeyPath& path);
  [[nodiscard]] const Sweep* sweep() const { return sweep_.get(); }
  [[nodiscard]] QTableWidget& table() { return *table_; }
  [[nodiscard]] QLineEdit& path(std::size_t axis) { return *axes_[axis].path; }
  [[nodiscard]] QLineEdit& values(std::size_t axis) { return *axes_[axis].values; }
  [[nodiscard]] QPushButton& run_button() { return *run_; }
  [[nodiscard]] QPushButton& take_button() { return *take_; }
  [[nodiscard]] QComboBox& metric() { return *metric_; }
  [[nodiscard]] QString verdict() const;

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  struct AxisFields {
    QLineEdit* path = nullptr;
    QLineEdit* values = nullptr;
  };

  void add_axis(QGridLayout& grid, std::size_t axis, const QString& title);
  void add_result();
  void run_or_stop();
  void begin();
  [[nodiscard]] std::optional<std::vector<SweepAxis>> wanted(QString& problem) const;
  void poll();
  void make_table();
  void fill_table();
  void refresh();
  void refresh_settings();
  void take();
  [[nodiscard]] std::optional<std::size_t> chosen() const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  std::array<AxisFields, 2> axes_;
  QCompleter* completer_ = nullptr;
  QComboBox* metric_ = nullptr;
  QPushButton* run_ = nullptr;
  QPushButton* take_ = nullptr;
  QLabel* words_ = nullptr;
  QTableWidget* table_ = nullptr;
  std::unique_ptr<Sweep> sweep_;
  bool is_running_ = false;
  std::size_t shown_ = 0;                       ///< Cells that were done when the table was filled.
  std::uint64_t revision_ = ~std::uint64_t{0};  ///< Of the document whose settings are offered.
  QTimer timer_;
};

}  // namespace shaketable::gui
