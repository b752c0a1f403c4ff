#include "gui/app/run_until_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>
#include <utility>

#include "gui/canvas/qt_words.h"
#include "gui/workbench/stop_rules.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {

RunUntilDialog::RunUntilDialog(std::shared_ptr<const engine::LoadedScenario> scenario,
                               proxy::Instant now, proxy::Instant end, QWidget* parent)
    : QDialog(parent), scenario_(std::move(scenario)), now_(now), end_(end) {
  setObjectName(QStringLiteral("run_until"));
  setWindowTitle(tr("Run until"));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(16, 14, 16, 14);
  column->setSpacing(10);
  auto* const grid = new QGridLayout;
  grid->setHorizontalSpacing(12);
  column->addLayout(grid);
  by_moment_ = new QRadioButton(tr("a &moment"), this);
  by_moment_->setObjectName(QStringLiteral("by_moment"));
  moment_ = new QLineEdit(clock_text(now + (end - now) / 2), this);
  moment_->setObjectName(QStringLiteral("until_moment"));
  moment_->setPlaceholderText(tr("44s, 1.5m or 0:44.2"));
  by_event_ = new QRadioButton(tr("&something happens"), this);
  by_event_->setObjectName(QStringLiteral("by_event"));
  event_ = new QComboBox(this);
  event_->setObjectName(QStringLiteral("until_event"));
  for (const EventChoice& choice : event_choices()) {
    event_->addItem(QObject::tr(choice.title));
  }
  by_condition_ = new QRadioButton(tr("a &condition begins to hold"), this);
  by_condition_->setObjectName(QStringLiteral("by_condition"));
  condition_ = new QLineEdit(this);
  condition_->setObjectName(QStringLiteral("until_condition"));
  condition_->setPlaceholderText(tr("errors > 5%, or: payment and p99 > 250ms"));
  condition_->setMinimumWidth(
      fontMetrics().horizontalAdvance(condition_->placeholderText() + QStringLiteral("mm")));
  condition_->setToolTip(
      tr("Of some service, as in Find: rps, errors, p50, p99, utilisation, queue, up, ejected, "
         "failing, open …"));
  const auto add_row = [this, grid](QRadioButton* choice, QWidget* field) {
    const int row = grid->rowCount();
    grid->addWidget(choice, row, 0);
    grid->addWidget(field, row, 1);
    field->setAccessibleName(choice->text().remove(QLatin1Char('&')));
    connect(choice, &QRadioButton::toggled, this, &RunUntilDialog::refresh);
  };
  add_row(by_moment_, moment_);
  add_row(by_event_, event_);
  add_row(by_condition_, condition_);
  const auto choose = [](QRadioButton* choice) { return [choice] { choice->setChecked(true); }; };
  connect(moment_, &QLineEdit::textEdited, this, choose(by_moment_));
  connect(event_, &QComboBox::activated, this, choose(by_event_));
  connect(condition_, &QLineEdit::textEdited, this, choose(by_condition_));
  connect(moment_, &QLineEdit::textChanged, this, &RunUntilDialog::refresh);
  connect(condition_, &QLineEdit::textChanged, this, &RunUntilDialog::refresh);
  problem_ = new QLabel(this);
  problem_->setWordWrap(true);
  problem_->setMinimumHeight(fontMetrics().height() * 2);
  column->addWidget(problem_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  run_ = buttons->button(QDialogButtonBox::Ok);
  run_->setText(tr("Run"));
  column->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  by_event_->setChecked(true);
  refresh();
}

void RunUntilDialog::refresh() {
  QString problem;
  run_->setEnabled(read(problem).has_value());
  problem_->setText(problem);
}

QString RunUntilDialog::problem() const { return problem_->text(); }

std::optional<RunUntilDialog::Awaited> RunUntilDialog::awaited() const {
  QString problem;
  return read(problem);
}

std::optional<RunUntilDialog::Awaited> RunUntilDialog::read(QString& problem) const {
  if (by_event_->isChecked()) {
    const EventChoice& choice = event_choices()[static_cast<std::size_t>(event_->currentIndex())];
    return Awaited{.rule = {.events = choice.kinds}, .words = event_->currentText()};
  }
  if (by_moment_->isChecked()) {
    const auto at = moment_from(moment_->text());
    if (!at || *at <= now_ || *at > end_) {
      problem = !at ? tr("A moment is written 44s, 1.5m or 0:44.2")
                    : tr("The run is at %1 and over at %2").arg(clock_text(now_), clock_text(end_));
      return std::nullopt;
    }
    return Awaited{.rule = {.at = *at}, .words = clock_text(*at)};
  }
  FindMistake mistake;
  auto expression = FindExpression::parse(condition_->text().toStdString(), mistake);
  if (!expression) {
    problem = tr("%1 (expected: %2)").arg(words(mistake.message), words(mistake.expected));
    return std::nullopt;
  }
  if (!expression->depends_on_moment()) {
    problem = condition_->text().trimmed().isEmpty()
                  ? QString()
                  : tr("This does not change while the mesh runs; rps, errors or p99 do");
    return std::nullopt;
  }
  return Awaited{.rule = stop_when(scenario_, std::move(*expression)),
                 .words = condition_->text().trimmed()};
}

}  // namespace shaketable::gui
