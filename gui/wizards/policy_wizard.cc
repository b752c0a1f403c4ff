#include "gui/wizards/policy_wizard.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "gui/canvas/qt_words.h"
#include "gui/wizards/diff_view.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr std::size_t kMostProblems = 4;
constexpr int kFormWidth = 380;  ///< At least.

/// How a push reaches the sidecars.
struct Spread {
  const char* title;
  const char* delay;  ///< As `config_push` says it.
};

constexpr Spread kSpreads[] = {{"to all sidecars at once", ""},
                               {"within half a second", "{uniform: [0.1s, 0.5s]}"},
                               {"within 3 seconds", "{uniform: [0.5s, 3s]}"},
                               {"within 15 seconds", "{uniform: [1s, 15s]}"}};

}  // namespace

PolicyWizard::PolicyWizard(WizardKind kind, Workbench& workbench, const Theme& theme,
                           QWidget* parent)
    : QDialog(parent), kind_(kind), workbench_(workbench), theme_(theme) {
  setObjectName(QStringLiteral("wizard"));
  setWindowTitle(tr(info_of(kind).title));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(20, 16, 20, 16);
  column->setSpacing(12);
  create_head(*column);
  auto* const both = new QHBoxLayout;
  both->setSpacing(18);
  column->addLayout(both, 1);
  place_ = new QWidget(this);
  auto* const inner = new QVBoxLayout(place_);
  inner->setContentsMargins(0, 0, 0, 0);
  inner->addStretch(1);
  both->addWidget(place_, 4);
  auto* const right = new QVBoxLayout;
  right->setSpacing(6);
  both->addLayout(right, 5);
  right->addWidget(new QLabel(tr("Before and after"), this));
  auto* const frame = new QFrame(this);
  frame->setObjectName(QStringLiteral("diff_frame"));
  frame->setFrameShape(QFrame::StyledPanel);
  auto* const in_frame = new QVBoxLayout(frame);
  in_frame->setContentsMargins(1, 1, 1, 1);
  diff_ = new DiffView(frame);
  diff_->set_theme(theme_);
  in_frame->addWidget(diff_);
  right->addWidget(frame, 1);
  problems_ = new QLabel(this);
  problems_->setObjectName(QStringLiteral("wizard_problems"));
  problems_->setWordWrap(true);
  problems_->setTextFormat(Qt::PlainText);
  right->addWidget(problems_);
  create_buttons(*column);
  resize(980, 500);
  choose(workbench_.selection());
  connect(&workbench_, &Workbench::document_changed, this, &PolicyWizard::rebuild);
  connect(&workbench_, &Workbench::runs_changed, this, &PolicyWizard::refresh);
}

void PolicyWizard::create_head(QVBoxLayout& column) {
  auto* const title = new QLabel(tr(info_of(kind_).title), this);
  QFont font = title->font();
  font.setPixelSize(19);
  font.setWeight(QFont::DemiBold);
  title->setFont(font);
  column.addWidget(title);
  auto* const about = new QLabel(tr(info_of(kind_).about), this);
  about->setForegroundRole(QPalette::PlaceholderText);
  column.addWidget(about);
  auto* const row = new QHBoxLayout;
  row->setSpacing(8);
  callee_ = new QComboBox(this);
  callee_->setObjectName(QStringLiteral("callee"));
  callee_->setAccessibleName(tr("Service that is called"));
  caller_ = new QComboBox(this);
  caller_->setObjectName(QStringLiteral("caller"));
  caller_->setAccessibleName(tr("Who calls"));
  row->addWidget(new QLabel(tr("Calls to"), this));
  row->addWidget(callee_, 1);
  row->addWidget(new QLabel(tr("by"), this));
  row->addWidget(caller_, 1);
  row->addStretch(1);
  column.addLayout(row);
  connect(callee_, &QComboBox::currentIndexChanged, this, [this] {
    fill_callers();
    rebuild();
  });
  connect(caller_, &QComboBox::currentIndexChanged, this, &PolicyWizard::rebuild);
}

void PolicyWizard::create_buttons(QVBoxLayout& column) {
  auto* const row = new QHBoxLayout;
  delay_ = new QComboBox(this);
  delay_->setAccessibleName(tr("How the push reaches the sidecars"));
  for (const Spread& spread : kSpreads) {
    delay_->addItem(tr(spread.title));
  }
  push_ = new QPushButton(tr("&Push to the run"), this);
  push_->setToolTip(
      tr("Brings the policy to the sidecars of the run that goes on; the scenario "
         "stays as it is"));
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  apply_ = buttons->addButton(tr("&Apply"), QDialogButtonBox::AcceptRole);
  apply_->setDefault(true);
  apply_->setToolTip(tr("Changes the scenario, as one step that can be undone"));
  row->addWidget(push_);
  row->addWidget(delay_);
  row->addStretch(1);
  row->addWidget(buttons);
  column.addLayout(row);
  connect(push_, &QPushButton::clicked, this, &PolicyWizard::push);
  connect(buttons, &QDialogButtonBox::accepted, this, &PolicyWizard::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

// What is selected; with nothing selected, the first service that somebody calls.
void PolicyWizard::choose(const Selection& selection) {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr) {
    rebuild();
    return;
  }
  const QSignalBlocker quiet(callee_);
  std::string wanted = selection.service;
  for (const engine::Service& service : scenario->mesh.services) {
    callee_->addItem(words(service.name));
  }
  if (wanted.empty() && !workbench_.shape().edges.empty()) {
    wanted = scenario->mesh.services[workbench_.shape().edges.front().second].name;
  }
  callee_->setCurrentIndex(std::max(0, callee_->findText(words(wanted))));
  fill_callers();
  const QSignalBlocker also_quiet(caller_);
  if (selection.kind == Selection::Kind::kEdge) {
    caller_->setCurrentIndex(std::max(0, caller_->findData(words(selection.caller))));
  }
  rebuild();
}

void PolicyWizard::fill_callers() {
  const QSignalBlocker quiet(caller_);
  caller_->clear();
  caller_->addItem(tr("everybody"), QString());
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr) {
    return;
  }
  const engine::ServiceIndex service =
      engine::find_service(scenario->mesh, callee_->currentText().toStdString());
  for (const auto& [from, to] : workbench_.shape().edges) {
    if (to == service) {
      const QString name = words(scenario->mesh.services[from].name);
      caller_->addItem(name, name);
    }
  }
}

// The form anew: another service or caller, or another text.
void PolicyWizard::rebuild() {
  delete std::exchange(form_, nullptr);
  edit_.reset();
  scenario_ = workbench_.document().scenario();
  if (scenario_ == nullptr || !workbench_.document().is_good()) {
    problems_->setText(tr("The files have errors; see Problems. They come first."));
    diff_->clear();
    refresh();
    return;
  }
  const engine::Mesh& mesh = scenario_->scenario.mesh;
  const std::string caller = caller_->currentData().toString().toStdString();
  const std::string callee = callee_->currentText().toStdString();
  PolicySubject subject{
      .scenario = scenario_->scenario,
      .source = scenario_->source,
      .service = engine::find_service(mesh, callee),
      .caller = caller.empty() ? engine::kNone : engine::find_service(mesh, caller)};
  const auto path = policy_path(scenario_->source, callee, caller);
  if (subject.service == engine::kNone || !path) {
    problems_->setText(path ? tr("There is no service yet.") : words_of(path.error()));
    diff_->clear();
    refresh();
    return;
  }
  subject.path = *path;
  form_ = make_form(kind_, subject, place_);
  static_cast<QVBoxLayout*>(place_->layout())->insertWidget(0, form_);
  place_->setMinimumWidth(std::max(kFormWidth, form_->minimumSizeHint().width()));
  connect(form_, &PolicyForm::changed, this, &PolicyWizard::refresh);
  refresh();
}

void PolicyWizard::refresh() {
  edit_.reset();
  bool can_apply = false;
  if (form_ != nullptr) {
    const auto edit = set_values(scenario_->source, label(), form_->changes());
    if (!edit) {
      problems_->setText(words_of(edit.error()));
      diff_->clear();
    } else {
      const EditPreview shown = preview(scenario_->source, *edit);
      diff_->show_files(shown.files);
      QStringList lines;
      for (const engine::Diagnostic& problem : shown.problems) {
        if (static_cast<std::size_t>(lines.size()) == kMostProblems) {
          break;
        }
        const bool is_error = problem.severity == engine::Severity::kError;
        lines.append(QStringLiteral("%1 %2: %3%4")
                         .arg(is_error ? QStringLiteral("✕") : QStringLiteral("▲"),
                              words(problem.code), words(problem.message),
                              problem.expected.empty()
                                  ? QString()
                                  : tr(" (expected: %1)").arg(words(problem.expected))));
      }
      problems_->setText(lines.join(QLatin1Char('\n')));
      can_apply = shown.loads && !edit->changes.empty();
      if (can_apply) {
        edit_ = *edit;
      }
    }
  }
  QPalette colors = problems_->palette();
  colors.setColor(QPalette::WindowText, can_apply ? theme_.degraded_ink : theme_.failing);
  problems_->setPalette(colors);
  problems_->setVisible(!problems_->text().isEmpty());
  apply_->setEnabled(can_apply);
  const bool is_going_on = workbench_.going_on() != nullptr;
  push_->setVisible(is_going_on);
  delay_->setVisible(is_going_on);
  push_->setEnabled(can_apply && !push_of(form_->changes(), {}).empty());
}

std::string PolicyWizard::label() const {
  std::string text = std::string(info_of(kind_).title) + ": ";
  if (caller_->currentIndex() > 0) {
    text += caller_->currentText().toStdString() + " → ";
  }
  return text + callee_->currentText().toStdString();
}

void PolicyWizard::accept() {
  if (edit_) {
    const proxy::Result<DocumentEdit> edit = *std::exchange(edit_, std::nullopt);
    disconnect(&workbench_, nullptr, this, nullptr);  // Its own change is not one to follow.
    workbench_.edit(edit);
  }
  QDialog::accept();
}

void PolicyWizard::push() {
  if (form_ == nullptr || !edit_) {
    return;
  }
  const std::string what = push_of(form_->changes(), kSpreads[delay_->currentIndex()].delay);
  if (!what.empty()) {
    workbench_.break_now(callee_->currentText().toStdString() + "-push", what);
  }
  disconnect(&workbench_, nullptr, this, nullptr);
  QDialog::accept();
}

}  // namespace shaketable::gui
