#pragma once

#include <QScrollArea>
#include <QWidget>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/panels/scenario_lanes.h"
#include "gui/workbench/workbench.h"

namespace shaketable::gui {

inline constexpr double kTrackNames = 280;  ///< Width of the column with the titles.
inline constexpr double kTrackRight = 16;
inline constexpr double kTrackAxis = 22;  ///< Above the lanes.
/// Of its row, with the space around its bar.
[[nodiscard]] double lane_height(const ScenarioLane& lane);
[[nodiscard]] QColor lamp_color(const Theme& theme, LampState state);

/// What happens in a scenario, as tracks over its time: the shape of each load, faults and pushes
/// as bars that are dragged, what is expected as spans that light up as they hold or break.
class ScenarioTracks : public QWidget {
  Q_OBJECT

 public:
  explicit ScenarioTracks(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] const std::vector<ScenarioLane>& lanes() const { return lanes_; }
  /// Where the bar of a lane is.
  [[nodiscard]] QRectF bar_of(std::size_t lane) const;
  [[nodiscard]] double x_of(engine::Instant at) const;
  [[nodiscard]] engine::Instant at_x(double x) const;
  [[nodiscard]] LampState lamp(const ScenarioLane& lane) const;
  [[nodiscard]] QSize sizeHint() const override;

 protected:
  void showEvent(QShowEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  enum class Hold : std::uint8_t { kNothing, kBar, kBegin, kEnd };
  struct Grip {
    std::size_t lane = 0;
    Hold hold = Hold::kNothing;
    double from = 0, moved = 0;
  };

  void rebuild();
  [[nodiscard]] std::optional<Grip> grip_at(const QPointF& point) const;
  /// Span of a lane as the hand has it now.
  [[nodiscard]] std::pair<engine::Instant, engine::Instant> span_of(std::size_t lane) const;
  void drop(const Grip& grip);
  void draw_lane(QPainter& painter, std::size_t lane) const;
  void draw_load(QPainter& painter, const ScenarioLane& lane, const QRectF& bar) const;
  void draw_expectation(QPainter& painter, const ScenarioLane& lane, const QRectF& bar) const;
  void draw_axis(QPainter& painter) const;
  [[nodiscard]] double top_of(std::size_t lane) const;
  [[nodiscard]] QString tip_of(const ScenarioLane& lane) const;
  /// Of the run that is shown, as far as it came; null when it knows none.
  [[nodiscard]] const engine::ExpectationVerdict* verdict_of(const ScenarioLane& lane) const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  std::vector<ScenarioLane> lanes_;
  std::optional<Grip> grip_;
};

/// The tracks in a frame that scrolls.
class ScenarioPanel : public QScrollArea {
  Q_OBJECT

 public:
  explicit ScenarioPanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme) { tracks_->set_theme(theme); }
  [[nodiscard]] ScenarioTracks& tracks() { return *tracks_; }

 private:
  ScenarioTracks* tracks_ = nullptr;
};

}  // namespace shaketable::gui
