#include "gui/panels/find_bar.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSettings>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr qsizetype kMostKept = 20;

struct Offer {
  const char* expression;
  const char* about;
};

constexpr Offer kOffers[] = {{"failing or degraded or down", "what is in trouble"},
                             {"open", "ends of open circuits"},
                             {"errors > 1%", "more than one failed answer in a hundred"},
                             {"rps > 100", "busy services"},
                             {"utilisation > 80%", "little room left"},
                             {"ejected > 0", "instances that a caller ejected"},
                             {"faults > 0", "what a fault hits now"},
                             {"callers > 3", "what many depend on"},
                             {"entry or outside", "the edges of the mesh"}};

QString kept_key() { return QStringLiteral("find/kept"); }

}  // namespace

FindBar::FindBar(Workbench& workbench, QWidget* parent) : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("find_bar"));
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  auto* const row = new QHBoxLayout(this);
  row->setContentsMargins(10, 4, 6, 4);
  row->setSpacing(8);
  find_ = add_line(QStringLiteral("find"), tr("rps > 100 and zone = eu-a"));
  row->addWidget(new QLabel(tr("Find"), this));
  row->addWidget(find_, 3);
  hide_ = add_line(QStringLiteral("hide"), tr("namespace = legacy"));
  row->addWidget(new QLabel(tr("Hide"), this));
  row->addWidget(hide_, 2);
  verdict_ = new QLabel(this);
  verdict_->setObjectName(QStringLiteral("find_verdict"));
  verdict_->setMinimumWidth(150);
  verdict_->setWordWrap(true);
  verdict_->setFixedHeight(2 * fontMetrics().lineSpacing());  // The bar keeps its height.
  verdict_->setForegroundRole(QPalette::WindowText);          // That of the bar is Text.
  row->addWidget(verdict_, 4);
  offers_ = new QToolButton(this);
  offers_->setText(tr("Expressions"));
  offers_->setPopupMode(QToolButton::InstantPopup);
  auto* const menu = new QMenu(offers_);
  offers_->setMenu(menu);
  connect(menu, &QMenu::aboutToShow, this, &FindBar::fill_menu);
  row->addWidget(offers_);
  close_ = new QToolButton(this);
  close_->setText(QStringLiteral("✕"));
  close_->setToolTip(tr("Show everything again (Esc)"));
  close_->setAccessibleName(tr("Close"));
  connect(close_, &QToolButton::clicked, this, &FindBar::end);
  row->addWidget(close_);
  connect(find_, &QLineEdit::textChanged, this, [this] {
    read(find_, found_);
    next_ = 0;
    evaluate(true);
  });
  connect(hide_, &QLineEdit::textChanged, this, [this] {
    read(hide_, hidden_);
    evaluate(true);
  });
  connect(find_, &QLineEdit::returnPressed, this, &FindBar::reveal_next);
  QStringList names;
  for (const FindFieldInfo& field : find_fields()) {
    names.append(words(field.name));
  }
  names << QStringLiteral("near") << QStringLiteral("outside") << QStringLiteral("entry")
        << QStringLiteral("open");
  for (const NodeHealth health :
       {NodeHealth::kHealthy, NodeHealth::kDegraded, NodeHealth::kFailing, NodeHealth::kDown}) {
    names << QLatin1String(name_of(health));
  }
  completer_ = new QCompleter(names, this);
  completer_->setCaseSensitivity(Qt::CaseInsensitive);
  completer_->setWidget(find_);
  connect(completer_, qOverload<const QString&>(&QCompleter::activated), this,
          [this](const QString& word) {
            auto* const line = qobject_cast<QLineEdit*>(completer_->widget());
            const QString text = line->text();
            const qsizetype end = line->cursorPosition();
            const qsizetype begin = end - completer_->completionPrefix().size();
            line->setText(text.left(begin) + word + QLatin1Char(' ') + text.mid(end));
            line->setCursorPosition(static_cast<int>(begin + word.size() + 1));
          });
  connect(&workbench_, &Workbench::moment_changed, this, [this] { evaluate(false); });
  hide();
}

QLineEdit* FindBar::add_line(const QString& name, const QString& hint) {
  auto* const line = new QLineEdit(this);
  line->setObjectName(name);
  line->setPlaceholderText(hint);
  line->setClearButtonEnabled(true);
  line->setAccessibleName(name == QLatin1String("find") ? tr("Services to find")
                                                        : tr("Services to hide"));
  line->setToolTip(
      tr("A part of a name, or: rps > 100 · errors > 5% · p99 > 250ms · zone = eu-a · "
         "namespace = shop · failing · near(payment, 2); joined by and, or, not"));
  line->installEventFilter(this);
  connect(line, &QLineEdit::textEdited, this, [this, line](const QString& text) {
    completer_->setWidget(line);
    complete(text.left(line->cursorPosition()));
  });
  return line;
}

void FindBar::set_theme(const Theme& theme) {
  theme_ = theme;
  show_verdict();
}

void FindBar::refresh() { evaluate(true); }

QString FindBar::verdict() const { return verdict_->text(); }

void FindBar::begin() {
  show();
  find_->setFocus();
  find_->selectAll();
}

void FindBar::end() {
  find_->clear();
  hide_->clear();
  hide();
  if (parentWidget() != nullptr) {
    parentWidget()->setFocus();
  }
}

// The word before the cursor, once two of its letters are there.
void FindBar::complete(const QString& text) {
  qsizetype begin = text.size();
  while (begin > 0 && (text[begin - 1].isLetterOrNumber())) {
    --begin;
  }
  const QString word = text.mid(begin);
  if (word.size() < 2) {
    completer_->popup()->hide();
    return;
  }
  completer_->setCompletionPrefix(word);
  const bool is_whole = completer_->completionCount() == 1 &&
                        completer_->currentCompletion().compare(word, Qt::CaseInsensitive) == 0;
  if (completer_->completionCount() == 0 || is_whole) {
    completer_->popup()->hide();
  } else {
    completer_->complete();
  }
}

void FindBar::read(QLineEdit* line, Asked& asked) {
  FindMistake mistake;
  auto expression = FindExpression::parse(line->text().toStdString(), mistake);
  asked.mistake.clear();
  if (expression) {
    asked.expression = std::move(*expression);
  } else {
    asked.mistake = tr("%1 (expected: %2)").arg(words(mistake.message), words(mistake.expected));
  }
}

void FindBar::evaluate(bool is_new) {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr) {
    return;
  }
  const auto& look = workbench_.look();
  const FindSubject subject{scenario->mesh, workbench_.shape(), look ? &*look : nullptr};
  const auto again = [&](Asked& asked) {
    if (!is_new && !asked.expression.depends_on_moment()) {
      return false;
    }
    std::vector<bool> services = asked.expression.find(subject);
    const bool is_other = services != asked.services;
    asked.services = std::move(services);
    return is_other || is_new;
  };
  const bool is_found_other = again(found_), is_hidden_other = again(hidden_);
  if (is_found_other) {
    Q_EMIT found_changed(found_.expression.is_empty() ? std::nullopt
                                                      : std::optional(found_.services));
  }
  if (is_hidden_other) {
    Q_EMIT hidden_changed(hidden_.expression.is_empty()
                              ? std::vector<bool>(scenario->mesh.services.size(), false)
                              : hidden_.services);
  }
  if (is_found_other || is_hidden_other) {
    show_verdict();
  }
}

void FindBar::show_verdict() {
  const QString mistake = found_.mistake.isEmpty() ? hidden_.mistake : found_.mistake;
  QPalette colors = verdict_->palette();
  colors.setColor(QPalette::WindowText, mistake.isEmpty() ? theme_.muted : theme_.failing);
  verdict_->setPalette(colors);
  verdict_->setToolTip(mistake);
  if (!mistake.isEmpty()) {
    verdict_->setText(mistake);
    return;
  }
  QStringList parts;
  if (!found_.expression.is_empty()) {
    parts << tr("%1 of %2 found")
                 .arg(std::count(found_.services.begin(), found_.services.end(), true))
                 .arg(found_.services.size());
  }
  if (!hidden_.expression.is_empty()) {
    parts
        << tr("%1 hidden").arg(std::count(hidden_.services.begin(), hidden_.services.end(), true));
  }
  verdict_->setText(parts.join(QStringLiteral(" · ")));
}

void FindBar::reveal_next() {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr || found_.expression.is_empty()) {
    return;
  }
  const std::size_t services = found_.services.size();
  for (std::size_t i = 0; i < services; ++i) {
    const std::size_t place = (next_ + i) % services;
    const bool is_hidden = !hidden_.expression.is_empty() && hidden_.services[place];
    if (found_.services[place] && !is_hidden) {
      next_ = place + 1;
      Q_EMIT reveal_asked(words(scenario->mesh.services[place].name));
      return;
    }
  }
}

QStringList FindBar::offered() const {
  QStringList all = QSettings().value(kept_key()).toStringList();
  for (const Offer& offer : kOffers) {
    all.append(QString::fromLatin1(offer.expression));
  }
  return all;
}

void FindBar::fill_menu() {
  QMenu* const menu = offers_->menu();
  menu->clear();
  const auto add = [&](const QString& expression, const QString& about) {
    menu->addAction(about.isEmpty() ? expression : expression + QLatin1Char('\t') + about, this,
                    [this, expression] { find_->setText(expression); });
  };
  for (const QString& expression : QSettings().value(kept_key()).toStringList()) {
    add(expression, tr("kept"));
  }
  menu->addSeparator();
  for (const Offer& offer : kOffers) {
    add(QString::fromLatin1(offer.expression), tr(offer.about));
  }
  if (workbench_.selection().kind == Selection::Kind::kService) {
    add(QStringLiteral("near(\"%1\", 1)").arg(words(workbench_.selection().service)),
        tr("what is selected, and its neighbours"));
  }
  menu->addSeparator();
  QAction* const keep =
      menu->addAction(tr("Keep this expression"), this, &FindBar::keep_expression);
  keep->setEnabled(!found_.expression.is_empty() && found_.mistake.isEmpty());
}

void FindBar::keep_expression() {
  QSettings settings;
  QStringList kept = settings.value(kept_key()).toStringList();
  const QString expression = find_->text().trimmed();
  kept.removeAll(expression);
  kept.prepend(expression);
  settings.setValue(kept_key(), QStringList(kept.mid(0, kMostKept)));
}

bool FindBar::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape &&
      !completer_->popup()->isVisible()) {
    end();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace shaketable::gui
