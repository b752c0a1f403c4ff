#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "gui/panels/chart_link.h"
#include "gui/panels/chart_metrics.h"
#include "gui/panels/chart_view.h"
#include "gui/workbench/workbench.h"

class QHBoxLayout;
class QLabel;
class QMenu;
class QToolButton;

namespace shaketable::gui {

/// The text that a drag of a service or a call carries: "payment", "shop -> stock".
inline constexpr char kSubjectMime[] = "application/x-shaketable-subject";
[[nodiscard]] QByteArray subject_data(const Selection& subject);
[[nodiscard]] Selection subject_of(const QByteArray& data);

/// Charts of what is selected, or of what the clients see: traffic, errors, latency, and how busy
/// it is. Beside them stand those that a person added, of any metric of anything, by the button or
/// by dragging a service or a call here. The run that is compared with is drawn dashed.
class ChartsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit ChartsPanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  /// The four that follow the selection.
  [[nodiscard]] const std::vector<ChartView*>& charts() const { return charts_; }
  /// Those that a person added, in their order.
  [[nodiscard]] std::vector<ChartView*> added() const;
  /// Adds a chart that stays when the selection changes. Into one that is there with the same
  /// subject and unit it goes as another line.
  void add(const Selection& subject, ChartMetric metric);
  /// The metrics of a subject, for a choice.
  [[nodiscard]] QMenu* menu_of(const Selection& subject);
  /// What the charts show, as a person would say it: "payment", "all clients".
  [[nodiscard]] QString subject() const;
  /// Takes over what a panel that cannot be seen has not: before an export.
  void refresh_now();
  /// The lines of all charts, or of one, as comma-separated values, a row for each bucket.
  [[nodiscard]] QString csv(const ChartView* only = nullptr) const;
  /// All charts beside each other, with what they are about above them.
  void draw(QPainter& painter) const;
  [[nodiscard]] QSize drawn_size() const;

 Q_SIGNALS:
  /// One of the charts is to be exported.
  void export_asked(shaketable::gui::ChartView* chart, shaketable::gui::ChartFormat format);

 protected:
  void showEvent(QShowEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  struct Added {
    ChartView* chart = nullptr;
    Selection subject;
    std::vector<ChartMetric> metrics;
  };
  /// What the charts were made of; they are made again when it is another one.
  struct Made {
    int run = -1, baseline = -1;
    std::uint64_t generation = 0;
    std::size_t buckets = 0, baseline_buckets = 0;
    Selection selection;
    std::shared_ptr<const engine::LoadedScenario> scenario;  ///< Whose faults are behind them.
    engine::Instant end{};

    friend bool operator==(const Made&, const Made&) = default;
  };

  [[nodiscard]] Made wanted() const;
  void refresh();
  void refresh_lines();
  void refresh_heading();
  void adopt(ChartView* chart);
  [[nodiscard]] QString heading() const;
  void remove(const ChartView* chart);
  [[nodiscard]] std::vector<ChartLine> lines_of(const Selection& subject,
                                                const std::vector<ChartMetric>& metrics,
                                                const std::vector<ChartMetric>& compared) const;
  [[nodiscard]] std::vector<ChartView*> all() const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QLabel* heading_ = nullptr;
  QToolButton* more_ = nullptr;
  QHBoxLayout* row_ = nullptr;
  std::vector<ChartView*> charts_;
  std::vector<Added> added_;
  std::optional<Made> made_;  ///< Nothing before the first.
};

}  // namespace shaketable::gui
