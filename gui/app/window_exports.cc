#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <algorithm>
#include <filesystem>

#include "engine/cli/output_file.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/app/drawings.h"
#include "gui/app/main_window.h"
#include "reports/exports/tables.h"

// Pictures, tables and texts of what is seen.
namespace shaketable::gui {
namespace {

constexpr int kPictureWidth = 2400;
constexpr int kDrawingWidth = 1200;
constexpr int kSharpness = 2;  // Pixels of a picture of charts for each on the screen.

bool write_png(const QString& path, const QImage& image) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  return image.save(&buffer, "PNG") &&
         engine::write_output(path.toStdString(), bytes.toStdString()).has_value();
}

bool write_svg(const QString& path, const QSize& size, const QString& title, const QString& about,
               const Draw& draw) {
  return engine::write_output(path.toStdString(), svg_of(size, title, about, draw).toStdString())
      .has_value();
}

QString filter_of(ChartFormat format) {
  switch (format) {
    case ChartFormat::kPng:
      return QObject::tr("Pictures (*.png)");
    case ChartFormat::kSvg:
      return QObject::tr("Drawings (*.svg)");
    case ChartFormat::kCsv:
      return QObject::tr("Tables (*.csv)");
    case ChartFormat::kClipboard:
      break;
  }
  return {};
}

}  // namespace

void MainWindow::create_export_actions() {
  add_action("report", tr("Report of this run (HTML) …"), {QKeySequence(QStringLiteral("Ctrl+R"))},
             Icon::kReport, [this] {
               ask_export(tr("Report"), tr("Pages (*.html)"),
                          [this](const QString& path) { return export_report(path); });
             });
  add_action("comparison", tr("Comparison of two runs (HTML) …"), {}, {}, [this] {
    ask_export(tr("Comparison"), tr("Pages (*.html)"), [this](const QString& path) {
      return engine::write_output(path.toStdString(), runs_->comparison_page()).has_value();
    });
  });
  add_action("yaml", tr("Scenario with what was done to the run (YAML) …"), {}, {}, [this] {
    ask_export(tr("Scenario"), tr("Scenarios (*.yaml)"),
               [this](const QString& path) { return export_yaml(path); });
  });
  add_action("picture", tr("Mesh (PNG) …"), {}, {}, [this] {
    ask_export(tr("Picture of the mesh"), filter_of(ChartFormat::kPng),
               [this](const QString& path) { return export_picture(path); });
  });
  add_action("svg", tr("Mesh (SVG) …"), {}, {}, [this] {
    ask_export(tr("Drawing of the mesh"), filter_of(ChartFormat::kSvg),
               [this](const QString& path) { return export_svg(path); });
  });
  const auto charts = [this](const char* name, const QString& text, ChartFormat format) {
    add_action(name, text, {}, {}, [this, format] { ask_chart_export(nullptr, format); });
  };
  charts("charts_png", tr("Charts (PNG) …"), ChartFormat::kPng);
  charts("charts_svg", tr("Charts (SVG) …"), ChartFormat::kSvg);
  charts("csv", tr("Charts (CSV) …"), ChartFormat::kCsv);
  add_action("events_csv", tr("Events (CSV) …"), {}, {}, [this] {
    ask_export(tr("Events"), filter_of(ChartFormat::kCsv),
               [this](const QString& path) { return export_events(path); });
  });
  add_action("tables", tr("All tables of this run (CSV, into a folder) …"), {}, {}, [this] {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder for the tables"));
    if (!folder.isEmpty()) {
      tell_written(folder, export_tables(folder));
    }
  });
  connect(charts_, &ChartsPanel::export_asked, this, &MainWindow::ask_chart_export);
  connect(events_, &EventsPanel::export_asked, action(QStringLiteral("events_csv")),
          &QAction::trigger);
}

bool MainWindow::export_picture(const QString& path) {
  const QRectF bounds = canvas_->scene().bounds();
  return !bounds.isEmpty() &&
         write_png(path, image_of(size_for(bounds, kPictureWidth), 1, [this](QPainter& painter) {
                     canvas_->draw(painter, painter.viewport().toRectF());
                   }));
}

bool MainWindow::export_svg(const QString& path) {
  const QRectF bounds = canvas_->scene().bounds();
  const QSize size = size_for(bounds, kDrawingWidth);
  const QString title = QFileInfo(QString::fromStdString(workbench_.document().path())).fileName();
  return !bounds.isEmpty() &&
         write_svg(path, size, title, tr("A mesh, drawn by Shaketable"),
                   [&](QPainter& painter) { canvas_->draw(painter, QRectF(QPointF(), size)); });
}

void MainWindow::ask_chart_export(const ChartView* chart, ChartFormat format) {
  if (format == ChartFormat::kClipboard && chart != nullptr) {
    QGuiApplication::clipboard()->setImage(
        image_of(chart->size(), kSharpness, [chart](QPainter& painter) { chart->draw(painter); }));
    return;
  }
  ask_export(
      chart == nullptr ? tr("Charts") : tr("Chart: %1").arg(chart->title()), filter_of(format),
      [this, chart, format](const QString& path) { return export_charts(path, format, chart); });
}

bool MainWindow::export_charts(const QString& path, ChartFormat format, const ChartView* chart) {
  charts_->refresh_now();
  if (workbench_.shown() == nullptr) {
    return false;
  }
  const QSize size = chart == nullptr ? charts_->drawn_size() : chart->size();
  const auto draw = [&](QPainter& painter) {
    chart == nullptr ? charts_->draw(painter) : chart->draw(painter);
  };
  switch (format) {
    case ChartFormat::kPng:
      return write_png(path, image_of(size, kSharpness, draw));
    case ChartFormat::kSvg:
      return write_svg(path, size, chart == nullptr ? charts_->subject() : chart->title(),
                       tr("Figures of %1, by Shaketable").arg(title_of(*workbench_.shown())), draw);
    case ChartFormat::kCsv:
      return engine::write_output(path.toStdString(), charts_->csv(chart).toStdString())
          .has_value();
    case ChartFormat::kClipboard:
      break;
  }
  return false;
}

// The columns of events.csv of `shaketable run --csv`.
bool MainWindow::export_events(const QString& path) {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    return false;
  }
  const engine::Scenario& scenario = shown->scenario->scenario;
  const auto service = [&scenario](engine::ServiceIndex index) {
    return index == engine::kNone ? std::string() : engine::service_name(scenario, index);
  };
  std::string text = "at_ns,event,service,caller,instance,fault,reason,count\r\n";
  for (const engine::RunEvent& event : events_->wanted()) {
    const bool has_instance = event.instance != engine::kNone && event.service != engine::kNone;
    const std::string cells[] = {
        std::to_string(proxy::nanoseconds_of(event.at)),
        std::string(engine::name_of(event.kind)),
        service(event.service),
        service(event.caller),
        has_instance ? engine::instance_name(scenario, event.service, event.instance) : "",
        event.fault == engine::kNone ? "" : engine::fault_name(scenario, event.fault),
        event.reason,
        std::to_string(event.count)};
    for (const std::string& cell : cells) {
      text += (&cell == cells ? "" : ",") + reports::csv_cell(cell);
    }
    text += "\r\n";
  }
  return engine::write_output(path.toStdString(), text).has_value();
}

bool MainWindow::export_tables(const QString& folder) {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr || shown->result == nullptr) {
    return false;
  }
  const std::filesystem::path target(folder.toStdString());
  const auto tables = reports::csv_tables(shown->result->run.report());
  return std::all_of(tables.begin(), tables.end(), [&target](const reports::CsvFile& table) {
    return engine::write_output((target / table.name).string(), table.content).has_value();
  });
}

bool MainWindow::export_yaml(const QString& path) {
  const RunEntry* const shown = workbench_.shown();
  const engine::ScenarioSource& source =
      shown != nullptr ? shown->scenario->source : workbench_.document().source();
  if (source.files.empty()) {
    return false;
  }
  namespace fs = std::filesystem;
  const fs::path target(path.toStdString());
  const fs::path folder = fs::path(source.file).parent_path();
  for (const engine::SourceFile& file : source.files) {
    if (file.name == source.file) {
      continue;
    }
    const fs::path beside = target.parent_path() / fs::path(file.name).lexically_relative(folder);
    std::error_code error;
    fs::create_directories(beside.parent_path(), error);
    if (!fs::exists(beside, error) && !engine::write_output(beside.string(), file.text)) {
      return false;
    }
  }
  const bool is_written =
      std::any_of(source.files.begin(), source.files.end(), [&](const engine::SourceFile& file) {
        return file.name == source.file && engine::write_output(target.string(), file.text);
      });
  if (is_written && shown != nullptr) {
    workbench_.note_kept(*shown);
  }
  return is_written;
}

}  // namespace shaketable::gui
