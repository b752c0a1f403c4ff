#include "gui/panels/source_panel.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QRegularExpression>
#include <QTextBlock>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr int kTypingPause = 350;  // Milliseconds.

int severity_of(const engine::Diagnostic& problem) { return static_cast<int>(problem.severity); }

}  // namespace

// ---- colours --------------------------------------------------------------------------------

void YamlHighlighter::set_theme(const Theme& theme) {
  theme_ = theme;
  rehighlight();
}

void YamlHighlighter::highlightBlock(const QString& text) {
  static const QRegularExpression key(
      QStringLiteral(R"(([A-Za-z_][\w ./-]*|"[^"]*"|'[^']*')(?=:(\s|$)))"));
  static const QRegularExpression number(
      QStringLiteral(R"((?<![\w.-])-?\d[\d.,_]*(ns|us|ms|s|m|h|x|%|/s|KiB|MiB)?(?![\w]))"));
  static const QRegularExpression quoted(QStringLiteral(R"("[^"]*"|'[^']*')"));
  const auto paint = [&](const QRegularExpression& what, const QTextCharFormat& format) {
    for (auto it = what.globalMatch(text); it.hasNext();) {
      const QRegularExpressionMatch match = it.next();
      setFormat(static_cast<int>(match.capturedStart()), static_cast<int>(match.capturedLength()),
                format);
    }
  };
  QTextCharFormat format;
  format.setForeground(theme_.series[2]);
  paint(quoted, format);
  format.setForeground(theme_.series[1]);
  paint(number, format);
  format.setForeground(theme_.accent);
  paint(key, format);
  // A `#` begins a comment at the start or behind a space, outside of quotes.
  QChar quote;
  for (int i = 0; i < text.size(); ++i) {
    const QChar c = text[i];
    if (!quote.isNull()) {
      quote = c == quote ? QChar() : quote;
    } else if (c == QLatin1Char('"') || c == QLatin1Char('\'')) {
      quote = c;
    } else if (c == QLatin1Char('#') && (i == 0 || text[i - 1].isSpace())) {
      QTextCharFormat comment;
      comment.setForeground(theme_.muted);
      comment.setFontItalic(true);
      setFormat(i, static_cast<int>(text.size()) - i, comment);
      return;
    }
  }
}

// ---- the text -------------------------------------------------------------------------------

class LineNumbers : public QWidget {
 public:
  explicit LineNumbers(TextArea* area) : QWidget(area), area_(*area) {}
  [[nodiscard]] QSize sizeHint() const override { return {area_.margin(), 0}; }

 protected:
  void paintEvent(QPaintEvent* event) override { area_.draw_margin(event); }

 private:
  TextArea& area_;
};

TextArea::TextArea(QWidget* parent) : QPlainTextEdit(parent) {
  setObjectName(QStringLiteral("source"));
  setAccessibleName(tr("Text of the scenario"));
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  font.setPixelSize(13);
  setFont(font);
  setLineWrapMode(QPlainTextEdit::NoWrap);
  setTabStopDistance(fontMetrics().horizontalAdvance(QLatin1Char(' ')) * 2);
  numbers_ = new LineNumbers(this);
  highlighter_ = new YamlHighlighter(document());
  connect(this, &QPlainTextEdit::blockCountChanged, this,
          [this] { setViewportMargins(margin(), 0, 0, 0); });
  connect(this, &QPlainTextEdit::updateRequest, this, [this](const QRect& rect, int dy) {
    dy != 0 ? numbers_->scroll(0, dy)
            : numbers_->update(0, rect.y(), numbers_->width(), rect.height());
  });
  connect(this, &QPlainTextEdit::cursorPositionChanged, this, &TextArea::mark);
  setViewportMargins(margin(), 0, 0, 0);
}

void TextArea::set_theme(const Theme& theme) {
  theme_ = theme;
  highlighter_->set_theme(theme);
  mark();
  numbers_->update();
}

int TextArea::margin() const {
  const int digits = std::max(3, static_cast<int>(QString::number(blockCount()).size()));
  return fontMetrics().horizontalAdvance(QLatin1Char('9')) * digits + 26;
}

void TextArea::resizeEvent(QResizeEvent* event) {
  QPlainTextEdit::resizeEvent(event);
  const QRect area = contentsRect();
  numbers_->setGeometry(area.left(), area.top(), margin(), area.height());
}

void TextArea::draw_margin(QPaintEvent* event) {
  QPainter painter(numbers_);
  painter.fillRect(event->rect(), theme_.window);
  painter.setFont(font());
  for (QTextBlock block = firstVisibleBlock(); block.isValid(); block = block.next()) {
    const QRectF box = blockBoundingGeometry(block).translated(contentOffset());
    if (box.top() > event->rect().bottom()) {
      break;
    }
    const int line = block.blockNumber() + 1;
    painter.setPen(theme_.muted);
    painter.drawText(QRectF(0, box.top(), numbers_->width() - 14, box.height()),
                     Qt::AlignRight | Qt::AlignVCenter, QString::number(line));
    for (const engine::Diagnostic& problem : problems_) {
      if (problem.line == line) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(problem.severity == engine::Severity::kError ? theme_.failing
                                                                      : theme_.degraded);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.drawEllipse(QPointF(numbers_->width() - 7, box.center().y()), 3.5, 3.5);
        break;
      }
    }
  }
}

void TextArea::set_problems(std::vector<engine::Diagnostic> problems) {
  problems_ = std::move(problems);
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const auto& a, const auto& b) { return severity_of(a) < severity_of(b); });
  mark();
  numbers_->update();
}

// The line of the cursor, and the words that the problems are about.
void TextArea::mark() {
  QList<QTextEdit::ExtraSelection> marks;
  QTextEdit::ExtraSelection current;
  current.format.setBackground(theme_.grid);
  current.format.setProperty(QTextFormat::FullWidthSelection, true);
  current.cursor = textCursor();
  current.cursor.clearSelection();
  marks.append(current);
  for (const engine::Diagnostic& problem : problems_) {
    const QTextBlock block = document()->findBlockByNumber(problem.line - 1);
    if (!block.isValid()) {
      continue;
    }
    const QString text = block.text();
    // Columns are bytes.
    const QByteArray bytes = text.toUtf8().left(std::max(0, problem.column - 1));
    const int from = static_cast<int>(QString::fromUtf8(bytes).size());
    int to = from;
    while (to < text.size() && !QStringLiteral(" \t,:{}[]").contains(text[to])) {
      ++to;
    }
    QTextEdit::ExtraSelection wave;
    wave.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
    wave.format.setUnderlineColor(problem.severity == engine::Severity::kError ? theme_.failing
                                                                               : theme_.degraded);
    wave.cursor = QTextCursor(block);
    wave.cursor.setPosition(block.position() + from);
    wave.cursor.setPosition(
        block.position() + std::max(to, std::min<int>(from + 1, static_cast<int>(text.size()))),
        QTextCursor::KeepAnchor);
    marks.append(wave);
  }
  setExtraSelections(marks);
}

void TextArea::go_to(int line) {
  const QTextBlock block = document()->findBlockByNumber(std::max(0, line - 1));
  QTextCursor cursor(block.isValid() ? block : document()->lastBlock());
  setTextCursor(cursor);
  centerCursor();
}

bool TextArea::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride) {
    const auto* const key = static_cast<QKeyEvent*>(event);
    if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
      event->ignore();  // The document's undo is the window's; an own one there is not.
      return true;
    }
  }
  if (event->type() == QEvent::ToolTip) {
    auto* const help = static_cast<QHelpEvent*>(event);
    const QPoint place = viewport()->mapFrom(this, help->pos());
    const int line = cursorForPosition(place).blockNumber() + 1;
    QString tip;
    for (const engine::Diagnostic& problem : problems_) {
      if (problem.line == line) {
        tip += (tip.isEmpty() ? QString() : QStringLiteral("\n")) + words(problem.message);
      }
    }
    tip.isEmpty() ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), tip, this);
    return true;
  }
  return QPlainTextEdit::event(event);
}

// ---- the panel ------------------------------------------------------------------------------

SourcePanel::SourcePanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  files_ = new QComboBox(this);
  files_->setObjectName(QStringLiteral("files"));
  files_->setAccessibleName(tr("File"));
  auto* const head = new QVBoxLayout;
  head->setContentsMargins(8, 6, 8, 6);
  head->addWidget(files_);
  column->addLayout(head);
  text_ = new TextArea(this);
  text_->setUndoRedoEnabled(false);  // The document's undo is the one that counts.
  column->addWidget(text_, 1);
  typing_.setSingleShot(true);
  typing_.setInterval(kTypingPause);
  connect(&typing_, &QTimer::timeout, this, &SourcePanel::take_over);
  connect(text_, &QPlainTextEdit::textChanged, this, [this] {
    // Colours count as changes of the text, too.
    if (!is_filling_ && text_->toPlainText() != shown_) {
      typing_.start();
    }
  });
  connect(files_, &QComboBox::activated, this, [this] {
    take_over();
    show_file();
  });
  connect(&workbench_, &Workbench::document_changed, this, &SourcePanel::refresh);
  refresh();
}

void SourcePanel::set_theme(const Theme& theme) { text_->set_theme(theme); }

std::string SourcePanel::file() const { return files_->currentData().toString().toStdString(); }

void SourcePanel::take_over() {
  if (typing_.isActive()) {
    typing_.stop();
  }
  const QString typed = text_->toPlainText();
  if (!is_filling_ && !file().empty() && typed != shown_) {
    shown_ = typed;
    workbench_.type(file(), typed.toStdString());
  }
}

void SourcePanel::refresh_files() {
  const engine::ScenarioSource& source = workbench_.document().source();
  QStringList names;
  names.append(words(source.file));
  for (const engine::SourceFile& each : source.files) {
    if (each.name != source.file) {
      names.append(words(each.name));
    }
  }
  QStringList known;
  for (int i = 0; i < files_->count(); ++i) {
    known.append(files_->itemData(i).toString());
  }
  if (names != known) {
    const QString before = files_->currentData().toString();
    files_->clear();
    for (const QString& name : names) {
      files_->addItem(name.section(QLatin1Char('/'), -1), name);
      files_->setItemData(files_->count() - 1, name, Qt::ToolTipRole);
    }
    files_->setCurrentIndex(std::max<int>(0, static_cast<int>(names.indexOf(before))));
  }
}

void SourcePanel::refresh() {
  refresh_files();
  show_file();
}

void SourcePanel::show_file() {
  const std::string* const text = workbench_.document().text_of(file());
  const QString wanted = text == nullptr ? QString() : words(*text);
  if (!typing_.isActive() && text_->toPlainText() != wanted) {
    is_filling_ = true;
    shown_ = wanted;
    const int line = text_->textCursor().blockNumber() + 1;
    const bool was_empty = text_->document()->isEmpty();
    text_->setPlainText(wanted);
    shown_ = text_->toPlainText();  // Line breaks are its own: nobody typed them.
    if (!was_empty) {
      text_->go_to(line);
    }
    is_filling_ = false;
  }
  std::vector<engine::Diagnostic> problems;
  for (const engine::Diagnostic& problem : workbench_.document().problems()) {
    if (problem.file == file()) {
      problems.push_back(problem);
    }
  }
  text_->set_problems(std::move(problems));
}

void SourcePanel::go_to(const std::string& file, int line) {
  for (int i = 0; i < files_->count(); ++i) {
    if (files_->itemData(i).toString() == words(file)) {
      take_over();
      files_->setCurrentIndex(i);
      show_file();
      text_->go_to(line);
    }
  }
}

}  // namespace shaketable::gui
