#include "gui/wizards/diff_view.h"

#include <QFontDatabase>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextOption>

#include "gui/canvas/qt_words.h"
#include "gui/document/text_diff.h"

namespace shaketable::gui {
namespace {

constexpr int kTint = 34;  ///< Of 255, behind a line.

QColor tint_of(QColor color) {
  color.setAlpha(kTint);
  return color;
}

}  // namespace

DiffView::DiffView(QWidget* parent) : QPlainTextEdit(parent) {
  setObjectName(QStringLiteral("diff"));
  setReadOnly(true);
  setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);  // What is new is seen whole.
  setAccessibleName(tr("What changes in the files"));
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  font.setPixelSize(12);
  setFont(font);
  setPlaceholderText(tr("Nothing changes yet."));
  setFrameShape(QFrame::NoFrame);
}

void DiffView::set_theme(const Theme& theme) { theme_ = theme; }

void DiffView::add_line(const QString& text, const QColor& color, const QColor& ground,
                        bool is_bold) {
  QTextCursor cursor(document());
  cursor.movePosition(QTextCursor::End);
  if (!document()->isEmpty()) {
    cursor.insertBlock();
  }
  QTextBlockFormat block;
  block.setBackground(ground);
  cursor.setBlockFormat(block);
  QTextCharFormat format;
  format.setForeground(color);
  format.setFontWeight(is_bold ? QFont::DemiBold : QFont::Normal);
  cursor.insertText(text, format);
}

void DiffView::show_files(const std::vector<PreviewedFile>& files) {
  clear();
  for (const PreviewedFile& file : files) {
    add_line(words(file.name).section(QLatin1Char('/'), -1), theme_.muted, theme_.panel, true);
    for (const DiffLine& line : diff_lines(file.before, file.after)) {
      const QString text = words(line.text);
      switch (line.kind) {
        case DiffLine::Kind::kSame:
          add_line(QStringLiteral("%1   %2").arg(line.after, 4).arg(text), theme_.text,
                   theme_.panel, false);
          break;
        case DiffLine::Kind::kRemoved:
          add_line(QStringLiteral("%1 − %2").arg(line.before, 4).arg(text), theme_.failing,
                   tint_of(theme_.failing), false);
          break;
        case DiffLine::Kind::kAdded:
          add_line(QStringLiteral("%1 + %2").arg(line.after, 4).arg(text), theme_.healthy,
                   tint_of(theme_.healthy), false);
          break;
        case DiffLine::Kind::kGap:
          add_line(QStringLiteral("   ⋯"), theme_.muted, theme_.panel, false);
          break;
      }
    }
  }
  moveCursor(QTextCursor::Start);
}

}  // namespace shaketable::gui
