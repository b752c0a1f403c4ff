#include <QBuffer>
#include <QFileInfo>
#include <QImage>
#include <QPainter>
#include <QSvgGenerator>
#include <algorithm>
#include <filesystem>

#include "engine/cli/output_file.h"
#include "gui/app/main_window.h"

// Pictures and texts of what is seen.
namespace shaketable::gui {
namespace {

constexpr int kPictureWidth = 2400;
constexpr int kDrawingWidth = 1200;

// A picture's size with the shape of the mesh, of a width.
QSize size_for(const QRectF& bounds, int width) {
  const double height = width * (bounds.height() + 100) / (bounds.width() + 100);
  return {width, std::clamp(static_cast<int>(height), width / 12, width * 10 / 3)};
}

}  // namespace

bool MainWindow::export_picture(const QString& path) {
  const QRectF bounds = canvas_->scene().bounds();
  if (bounds.isEmpty()) {
    return false;
  }
  QImage image(size_for(bounds, kPictureWidth), QImage::Format_RGB32);
  QPainter painter(&image);
  canvas_->draw(painter, QRectF(image.rect()));
  painter.end();
  return image.save(path, "PNG");
}

bool MainWindow::export_svg(const QString& path) {
  const QRectF bounds = canvas_->scene().bounds();
  if (bounds.isEmpty()) {
    return false;
  }
  QByteArray text;
  QBuffer buffer(&text);
  QSvgGenerator drawing;
  drawing.setOutputDevice(&buffer);
  const QSize size = size_for(bounds, kDrawingWidth);
  drawing.setSize(size);
  drawing.setViewBox(QRect(QPoint(0, 0), size));
  drawing.setTitle(QFileInfo(QString::fromStdString(workbench_.document().path())).fileName());
  drawing.setDescription(tr("A mesh, drawn by Shaketable"));
  QPainter painter(&drawing);
  canvas_->draw(painter, QRectF(QPointF(0, 0), QSizeF(size)));
  painter.end();
  return engine::write_output(path.toStdString(), text.toStdString()).has_value();
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
  return std::any_of(source.files.begin(), source.files.end(), [&](const engine::SourceFile& file) {
    return file.name == source.file && engine::write_output(target.string(), file.text);
  });
}

}  // namespace shaketable::gui
