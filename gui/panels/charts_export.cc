#include <QPainter>
#include <algorithm>

#include "gui/panels/charts_panel.h"

// The charts as a picture and as a table.
namespace shaketable::gui {
namespace {

constexpr int kExportHead = 30, kExportGap = 10;

// Whether it was hidden, rather than not shown yet.
bool is_left_out(const ChartView& chart) {
  return chart.isHidden() && chart.testAttribute(Qt::WA_WState_ExplicitShowHide);
}

}  // namespace

QSize ChartsPanel::drawn_size() const {
  QSize size(0, 0);
  for (const ChartView* const chart : all()) {
    if (!is_left_out(*chart)) {
      size.setWidth(size.width() + chart->width() + kExportGap);
      size.setHeight(std::max(size.height(), chart->height()));
    }
  }
  return {size.width() + kExportGap, size.height() + kExportHead + kExportGap};
}

void ChartsPanel::draw(QPainter& painter) const {
  painter.fillRect(QRect(QPoint(0, 0), drawn_size()), theme_.panel);
  QFont font = painter.font();
  font.setPixelSize(13);
  font.setWeight(QFont::DemiBold);
  painter.setFont(font);
  painter.setPen(theme_.text);
  painter.drawText(QRectF(kExportGap, 0, drawn_size().width(), kExportHead),
                   Qt::AlignLeft | Qt::AlignVCenter, subject() + QStringLiteral(" · ") + heading());
  int left = kExportGap;
  for (const ChartView* const chart : all()) {
    if (!is_left_out(*chart)) {
      painter.save();
      painter.translate(left, kExportHead);
      chart->draw(painter);
      painter.restore();
      left += chart->width() + kExportGap;
    }
  }
}

QString ChartsPanel::csv(const ChartView* only) const {
  QString text = QStringLiteral("time_s");
  std::size_t rows = 0;
  std::vector<ChartView*> charts = all();
  std::erase_if(charts, [only](const ChartView* chart) {
    return only != nullptr ? chart != only : is_left_out(*chart);
  });
  for (const ChartView* const chart : charts) {
    for (const ChartLine& line : chart->lines()) {
      QString head = chart->title() + QLatin1Char(' ') + line.name;
      text += QStringLiteral(",\"%1\"").arg(head.replace(QLatin1Char('"'), QStringLiteral("\"\"")));
      rows = std::max(rows, line.values.size());
    }
  }
  const RunEntry* const shown = workbench_.shown();
  const double seconds = shown == nullptr ? 1 : proxy::to_seconds(shown->history.bucket());
  text += QLatin1Char('\n');
  for (std::size_t row = 0; row < rows; ++row) {
    text += QString::number(static_cast<double>(row) * seconds);
    for (const ChartView* const chart : charts) {
      for (const ChartLine& line : chart->lines()) {
        const bool is_there = row < line.values.size() && line.values[row] >= 0;
        text += QLatin1Char(',') + (is_there ? QString::number(line.values[row]) : QString());
      }
    }
    text += QLatin1Char('\n');
  }
  return text;
}

}  // namespace shaketable::gui
