#pragma once

#include <QPlainTextEdit>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/document/edit_preview.h"

namespace shaketable::gui {

/// The text before and after an edit, as lines that go and lines that come. Told apart by a sign
/// as well as by colour.
class DiffView : public QPlainTextEdit {
  Q_OBJECT

 public:
  explicit DiffView(QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  void show_files(const std::vector<PreviewedFile>& files);

 private:
  void add_line(const QString& text, const QColor& color, const QColor& ground, bool is_bold);

  Theme theme_ = Theme::light();
};

}  // namespace shaketable::gui
