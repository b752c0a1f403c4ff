#pragma once

#include <QWidget>
#include <cstdint>
#include <vector>

#include "gui/canvas/theme.h"

namespace shaketable::gui {

/// How traffic is split between the versions of a service, as bars under each other: what was
/// wanted, what came about since the weights are so, and what the moment shows.
class SplitBars : public QWidget {
  Q_OBJECT

 public:
  /// One bar. Parts are in ppm by version; an empty bar says its words instead.
  struct Bar {
    QString title;
    std::vector<std::int64_t> ppm;
    QString words;

    friend bool operator==(const Bar&, const Bar&) = default;
  };

  explicit SplitBars(QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  void set_versions(std::vector<QString> names);
  void set_bars(std::vector<Bar> bars);
  [[nodiscard]] const std::vector<Bar>& bars() const { return bars_; }
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return {220, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void draw_bar(QPainter& painter, const Bar& bar, double top) const;

  Theme theme_ = Theme::light();
  std::vector<QString> versions_;
  std::vector<Bar> bars_;
};

/// The colour of a version, the same in bars, tables and charts: its place among the theme's
/// series.
[[nodiscard]] int version_color(std::size_t version);

}  // namespace shaketable::gui
